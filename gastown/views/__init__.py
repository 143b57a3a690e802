"""Read models: frozen pictures of the town, for the renderers, the dashboard and the tray."""
