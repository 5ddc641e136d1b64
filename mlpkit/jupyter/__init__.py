"""What the course asks of Jupyter itself: how lessons are opened and saved, and how they become static pages.

The JSON files beside this one are installed into the environment: they switch `server` on, name `pages` to nbconvert,
keep news and the instructor's panel out of the students' Lab, and let outputs be seen where they are run.
"""
