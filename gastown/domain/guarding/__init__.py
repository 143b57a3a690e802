"""What an agent's shell command may do: a command line is read, and judged by what it would touch.

- An agent may do in its hook what it likes, as far as nobody else's work is in it; it may read
  everywhere; it may write in the temporary folders.
- What is refused is refused with the reason and the way that leads there.
- What cannot be known is judged by the harm that a mistake would do: a recursive deletion must say
  where, a commit in a folder that a variable names may go through.
- It stops mistakes, not malice. It does not look into scripts, `python -c`, make, aliases, or what
  another machine is told to do.

Pure, and without imports that cost: a client waits for the answer before every command.
"""
