"""How the feed is laid out: stacked where the terminal is narrow, side by side where it is wide.

The panel that has the focus is the highest one; its title is bold and its border heavy.
"""

CSS = """
#head, #foot { height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
#board { height: 1fr; }
#main { height: 1fr; layout: vertical; }
#left { height: 2fr; }
#left:focus-within { height: 3fr; }
Rows { height: 1fr; border-top: solid ansi_default; overflow-x: hidden; scrollbar-size: 1 1; }
Rows:focus { height: 2fr; border-top: heavy ansi_default; border-title-style: bold; }
Rows { border-title-align: left; }
#convoys { min-height: 2; }
#events { min-height: 4; }

.-wide #main { layout: horizontal; }
.-wide #left { width: 11fr; height: 1fr; }
.-wide #left:focus-within { height: 1fr; }
.-wide #events { width: 9fr; height: 1fr; border-left: vkey ansi_default; }

#trouble { height: 1fr; }
#problems { height: 1fr; }
#why { height: auto; max-height: 45%; padding: 0 1; border-top: solid ansi_default; }

Viewer { background: ansi_default; }
#page { height: 100%; border-top: heavy ansi_default; padding: 0 1; scrollbar-size: 1 1; }
#page { border-title-style: bold; }
#text { height: auto; }

Ask { background: transparent; align: left bottom; }
#question { height: 1; padding: 0 1; background: ansi_default; text-style: bold; }
#question { text-wrap: nowrap; text-overflow: ellipsis; }
#answer { height: 1; background: ansi_default; border: none; padding: 0 1; }
"""
