"""`gt dashboard`: the town as a web page; the only package that knows starlette and uvicorn."""
