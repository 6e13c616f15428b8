"""The Python side of SharedCacheExample: reads what Java put, and puts a page of its own.

Its argument is the directory that the space lies under; without one the default.
"""

import sys

import holdfast

root = sys.argv[1] if len(sys.argv) > 1 else None
with holdfast.open("web", root=root) as space:
    with holdfast.SharedCache.open(space, "pages", keys="utf8", values="utf8") as pages:
        print("Python found:", pages.get("/index"))
        pages.put("/about", "<h1>by Python</h1>")
