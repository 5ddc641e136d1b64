"""nbgrader's generated tests: a comment `### AUTOTEST f(1)` in a source becomes the tests that its release has.

nbgrader makes them: the solution runs in a kernel, and its values are written into the cell as assertions. That takes
seconds, so what came of a source is kept beside the gradebook, by the hash of all that it depends on.
"""

import json
import os
import re
from pathlib import Path

from autograder.course import CourseError, digest, write_if_changed


def has_autotests(data: bytes, delimiter: str = "AUTOTEST") -> bool:
    """Whether a code cell of a source has a comment that nbgrader turns into tests."""
    if delimiter.encode() not in data:
        return False
    try:
        cells = json.loads(data)["cells"]
        texts = ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        return any(re.search(rf"(?m)^\s*#.*{re.escape(delimiter)}", text) for text in texts)
    except (ValueError, KeyError, TypeError):
        return False


def instantiate(data: bytes, folder: Path, root: Path, config: object, kept: Path) -> bytes:
    """The source with its tests made; `folder` is the assignment's, `root` the course's, `kept` a folder for results.

    Raises CourseError where nbgrader cannot make them: no autotests.yml, or a solution that fails.
    """
    import nbformat
    from nbgrader import __version__
    from nbgrader.preprocessors import InstantiateTests

    maker = InstantiateTests(config=config)
    if not has_autotests(data, maker.autotest_delimiter):
        return data
    places = (folder / maker.autotest_filename, root / maker.autotest_filename)
    templates = next((path for path in places if path.is_file()), None)
    if templates is None:
        raise CourseError(f"{folder} has AUTOTESTs, but there is no {maker.autotest_filename} in it or in {root}")
    own = [path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file() and path.suffix != ".ipynb"]
    place = kept / f"{digest(data, templates.read_bytes(), __version__, *own)}.ipynb"
    if place.is_file():
        return place.read_bytes()
    notebook = nbformat.reads(data.decode(), as_version=nbformat.NO_CONVERT)
    here = os.getcwd()
    os.chdir(root)  # nbgrader looks for the course's templates in the working directory
    try:
        made, _ = maker.preprocess(notebook, {"metadata": {"path": str(folder.resolve())}})
    except Exception as error:
        words = re.sub(r"\x1b\[[0-9;]*m", "", str(error))[-500:]
        raise CourseError(f"nbgrader cannot make the tests of {folder}: {type(error).__name__}: {words}") from None
    finally:
        os.chdir(here)
    result = nbformat.writes(made).encode()
    write_if_changed(place, result)
    return result
