"""What the town can do, one verb per function: read, decide, put, return what came of it.

Operations never print, never read the environment and never shell out to `gt` or `bd`; the command
line, the refinery, the monitor, the dashboard and the tray are skins over them.
"""
