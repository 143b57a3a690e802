"""The town in the desktop's tray, and what it tells the person."""
