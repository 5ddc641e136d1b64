"""Submissions as LMSs hand them over, matched to a roster; hostile ones among them."""

import io
import os
import stat
import zipfile

import pytest

from autograder.course import CourseError, load
from autograder.rebuild import MAX_BYTES
from autograder.submissions import find, read_roster
from tests.autograder.course import ID, hand_in, make_course, submission

OWN = "id,first_name,last_name,email,canvas_id\nada,Ada,Lovelace,ada@x.org,77\nhopper,Grace,Hopper,grace@x.org,78\n" \
      "zoe,Zoë,Ünal,zoe@x.org,\nlee1,Kim,Lee,,\nlee2,Kim,Lee,,\n"  # fmt: skip
CANVAS = "Student,ID,SIS User ID,SIS Login ID,Section\n    Points Possible,,,,\n\"Lovelace, Ada\",77,s1,ada,A\n" \
         "\"Hopper, Grace\",78,s2,hopper,A\n"  # fmt: skip
MOODLE = "Identifier,Full name,ID number,Email address,Status,Grade\n" \
         "Participant 501,Ada Lovelace,ada,ada@x.org,,\nParticipant 502,Grace Hopper,hopper,g@x.org,,\n"  # fmt: skip


@pytest.fixture
def course(tmp_path):
    return load(make_course(tmp_path / "course"))


def roster(tmp_path, text):
    path = tmp_path / "roster.csv"
    path.write_text(text, encoding="utf-8-sig")
    return read_roster(path)


def make_zip(tmp_path, entries):
    path = tmp_path / "submissions.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def students(intake):
    return [s.student for s in intake.submissions]


def test_nbgraders_tree_with_its_timestamps(course):
    hand_in(course.root, "ada", submission(), "2026-01-02 03:04:05 UTC")
    hand_in(course.root, "bob", b"other")
    intake = find(course, ID, None, None)
    assert students(intake) == ["ada", "bob"]
    assert intake.submissions[0].timestamp == "2026-01-02 03:04:05 UTC"
    assert intake.submissions[1].read() == b"other"


@pytest.mark.parametrize("text", [OWN, CANVAS, MOODLE], ids=["our own", "Canvas", "Moodle"])
def test_a_roster_is_read_in_each_of_its_forms(tmp_path, text):
    people = {p.id: p for p in roster(tmp_path, text)}
    assert (people["ada"].first_name, people["ada"].last_name) == ("Ada", "Lovelace")
    assert "hopper" in people


def test_canvas_names_are_matched_by_number_and_by_name(course, tmp_path):
    path = make_zip(
        tmp_path,
        {
            "lovelaceada_77_1001_assignment.ipynb": b"1",
            "hoppergrace_LATE_78_1002_assignment-1.ipynb": b"older",
            "hoppergrace_LATE_78_1003_assignment-2.ipynb": b"newer",
            "unalzoe_999_1004_assignment.ipynb": b"3",
            "leekim_998_1005_assignment.ipynb": b"4",
            "nobodyknown_997_1006_assignment.ipynb": b"5",
            "__MACOSX/x.ipynb": b"",
            "readme.txt": b"",
        },
    )
    intake = find(course, ID, path, roster(tmp_path, OWN))
    assert students(intake) == ["ada", "hopper", "zoe"]
    assert intake.submissions[1].read() == b"newer"
    text = "\n".join(intake.problems)
    assert "leekim" in text, "two students of one name are left to a human"
    assert "nobodyknown" in text


def test_moodle_names_are_matched_by_participant_and_an_unknown_number_is_nobodys(course, tmp_path):
    path = make_zip(
        tmp_path,
        {
            "Ada Lovelace_501_assignsubmission_file_/assignment.ipynb": b"1",
            "Grace Hopper_99_assignsubmission_file_/assignment.ipynb": b"2",
        },
    )
    intake = find(course, ID, path, roster(tmp_path, MOODLE))
    assert students(intake) == ["ada"], "participant 99 is not the participant 502 of the same name"
    assert intake.missing == ["hopper"]
    assert len(intake.problems) == 1


def test_a_folder_of_notebooks_named_after_students(course, tmp_path):
    folder = tmp_path / "inbox"
    folder.mkdir()
    for name in ("ada", "grace@x.org", "Zoë Ünal"):
        (folder / f"{name}.ipynb").write_bytes(b"1")
    assert students(find(course, ID, folder, roster(tmp_path, OWN))) == ["ada", "hopper", "zoe"]


def test_without_a_roster_the_file_names_the_student(course, tmp_path):
    path = make_zip(tmp_path, {"ada.ipynb": b"1", "lovelaceada_77_1001_x.ipynb": b"2"})
    assert students(find(course, ID, path, None)) == ["ada", "lovelaceada"]


def test_links_and_pipes_are_not_followed(course, tmp_path):
    secret = tmp_path / "secret.ipynb"
    secret.write_bytes(b"secret")
    link = hand_in(course.root, "eve", b"")
    link.unlink()
    link.symlink_to(secret)
    pipe = hand_in(course.root, "mallory", b"")
    pipe.unlink()
    os.mkfifo(pipe)
    (course.submitted / "linked").symlink_to(tmp_path)
    hand_in(course.root, "honest", b"fine")
    intake = find(course, ID, None, None)
    for submission_ in intake.submissions:
        if submission_.student != "honest":
            with pytest.raises(OSError, match=r"."):
                submission_.read()
    assert "linked" not in students(intake)
    assert "honest" in students(intake)


@pytest.mark.parametrize("name", ["../../etc/ada.ipynb", "/abs/ada.ipynb", "..\\..\\ada.ipynb"])
def test_a_zip_entry_with_a_path_outside_is_left_out(course, tmp_path, name):
    intake = find(course, ID, make_zip(tmp_path, {name: b"1", "bob.ipynb": b"2"}), None)
    assert students(intake) == ["bob"]
    assert len(intake.problems) == 1


def test_a_link_in_a_zip_is_left_out(course, tmp_path):
    entry = zipfile.ZipInfo("ada.ipynb")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    (tmp_path / "x.zip").write_bytes(buffer.getvalue())
    intake = find(course, ID, tmp_path / "x.zip", None)
    assert intake.submissions == []
    assert "a link" in intake.problems[0]


def test_a_zip_bomb_is_read_no_further_than_the_limit(course, tmp_path):
    path = make_zip(tmp_path, {"ada.ipynb": bytes(MAX_BYTES + 10**7)})
    assert path.stat().st_size < 100_000
    assert len(find(course, ID, path, None).submissions[0].read()) == MAX_BYTES + 1


def test_strange_student_names_make_no_paths(course, tmp_path):
    intake = find(course, ID, make_zip(tmp_path, {".hidden.ipynb": b"1", "a;b$(c).ipynb": b"2"}), None)
    assert intake.submissions == []
    assert len(intake.problems) == 2


def test_what_is_neither_folder_nor_zip_is_named(course, tmp_path):
    (tmp_path / "x.tar").write_bytes(b"x")
    with pytest.raises(CourseError, match="neither a folder nor a zip"):
        find(course, ID, tmp_path / "x.tar", None)


def test_a_roster_without_ids_is_named(tmp_path):
    with pytest.raises(CourseError, match="needs a column id"):
        roster(tmp_path, "colour,shape\nred,round\n")
