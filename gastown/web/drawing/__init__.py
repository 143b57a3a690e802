"""Pictures as SVG: laid out and drawn here, with no script and no style of their own."""
