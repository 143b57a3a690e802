"""Ways to show a notice on the person's desktop, the best first."""
