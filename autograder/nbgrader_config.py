"""The course as nbgrader sees it: run the stock nbgrader commands in this folder (autograder/).

Sources are read from solutions/. All that a class brings about (release, submissions, grades, feedback, the exchange)
lies in autograder/class/, which git ignores. After `nbgrader generate_assignment ID` the students' version is also
copied to lessons/ID/assignment.ipynb, where students find it beside the lesson.
"""

import os
import sys
from pathlib import Path

c = get_config()  # noqa: F821 - nbgrader defines it

# nbgrader starts alembic by its name, which is on the path only when the environment is activated.
os.environ["PATH"] = str(Path(sys.executable).parent) + os.pathsep + os.environ.get("PATH", "")

root = Path(__file__).resolve().parents[1]
classroom = root / "autograder" / "class"
exchange = classroom / "exchange"
exchange.mkdir(parents=True, exist_ok=True)
exchange.chmod(0o777)  # students of other accounts hand in through it; see nbgrader's documentation of the exchange

c.CourseDirectory.course_id = "mlp"
c.CourseDirectory.root = str(root)
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "autograder/class/release"
c.CourseDirectory.submitted_directory = "autograder/class/submitted"
c.CourseDirectory.autograded_directory = "autograder/class/autograded"
c.CourseDirectory.feedback_directory = "autograder/class/feedback"
c.CourseDirectory.solution_directory = "autograder/class/solution"
c.CourseDirectory.db_url = f"sqlite:///{classroom / 'gradebook.db'}"
c.Exchange.root = str(exchange)

c.GenerateAssignment.post_convert_hook = "autograder.release.copy_to_lessons"
c.ClearSolutions.code_stub = {"python": "raise NotImplementedError()  # your code here"}
c.ClearSolutions.text_stub = "*Your answer here.*"
c.ExecutePreprocessor.timeout = 120
