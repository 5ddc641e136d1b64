"""What instructors run: releasing assignments, grading a class, feedback and reports."""
