# ruff: noqa: E501 - tables of cases
"""Class lists as spreadsheets and LMSs write them, and whose file is whose."""

import codecs
import zipfile

import pytest

from autograder.course import CourseError, load
from autograder.rosters import decode, read_roster, usable
from autograder.submissions import find, reconcile
from autograder.times import read_time
from autograder.whose import Matcher, claim
from tests.autograder.course import ID, hand_in, make_course, notebook, released, submission


@pytest.fixture
def course(tmp_path):
    return load(make_course(tmp_path / "course"))


def roster(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "roster.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return read_roster(path)


def make_zip(tmp_path, entries):
    path = tmp_path / "submissions.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            entry = zipfile.ZipInfo(name, data[1]) if isinstance(data, tuple) else name
            archive.writestr(entry, data[0] if isinstance(data, tuple) else data)
    return path


def students(intake):
    return [s.student for s in intake.submissions]


TABLE = "id{0}first_name{0}last_name\njorg{0}Jörg{0}Müller\nzoe{0}Zoë{0}Ünal\n"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_separator_and_encoding_gives_the_same_people(tmp_path, separator, encoding, end):
    people = roster(tmp_path, TABLE.format(separator).replace("\n", end), encoding)
    assert [(p.id, p.first_name, p.last_name) for p in people] == [("jorg", "Jörg", "Müller"), ("zoe", "Zoë", "Ünal")]


@pytest.mark.parametrize(
    ("encoding", "name"), [("cp1251", "Иван Петров"), ("cp1253", "Νίκος Παπάς"), ("cp949", "김 철수")]
)  # fmt: skip
def test_old_encodings_are_told_by_the_names_themselves(encoding, name):
    text = f"id;name\nx;{name}\n"
    assert decode(text.encode(encoding), "x") == (text, encoding)


def test_an_encoding_that_was_guessed_is_said(tmp_path):
    assert "was read as" in roster(tmp_path, TABLE.format(";"), "cp1252").problems[0]
    assert roster(tmp_path, TABLE.format(";")).problems == []


def test_excels_line_about_the_separator_is_no_heading(tmp_path):
    assert [p.id for p in roster(tmp_path, "sep=;\r\n" + TABLE.format(";"))] == ["jorg", "zoe"]


@pytest.mark.parametrize(
    ("text", "id", "number"),
    [
        ("ID,Vollständiger Name,E-Mail-Adresse,Status,Bewertung\nTeilnehmer/in6,Ada Lovelace,ada@x.org,,\n", "ada@x.org", "6"),
        ("ID,Vollständiger Name\nTeilnehmer/in6,Ada Lovelace\n", "Ada Lovelace", "6"),
        ("Identifiant,Nom complet,Numéro d'identification,Adresse de courriel\nParticipant 6,Ada Lovelace,ada,a@x.org\n", "ada", "6"),
        ("Identificador,Nombre completo,Dirección de correo\nParticipante 6,Ada Lovelace,ada@x.org\n", "ada@x.org", "6"),
        ("Идентификатор,Полное имя,Адрес электронной почты\nУчастник6,Ada Lovelace,ada@x.org\n", "ada@x.org", "6"),
        ("Kitambulisho,Jina kamili,Barua pepe\nMshiriki 6,Ada Lovelace,ada@x.org\nMshiriki 7,Bo Li,bo@x.org\n", "ada@x.org", "6"),
    ],
    ids=["German", "German, names alone", "French", "Spanish", "Russian", "unlisted"],
)  # fmt: skip
def test_moodles_worksheet_in_other_languages(tmp_path, text, id, number):
    person = roster(tmp_path, text)[0]
    assert (person.id, person.moodle) == (id, number)


def test_canvas_with_last_and_first_names_apart(tmp_path):
    text = "LastName,FirstName,ID,SIS User ID,SIS Login ID,Section,small (12)\n,    Points Possible,,,,,9\n" \
           "Lovelace,Ada,77,s1,ada,A,\nHopper,Grace,78,s2,,A,\nTuring,Alan,79,,,A,\n"  # fmt: skip
    found = [(p.id, p.first_name, p.last_name, p.canvas) for p in roster(tmp_path, text)]
    assert found == [
        ("ada", "Ada", "Lovelace", "77"),
        ("s2", "Grace", "Hopper", "78"),
        ("79", "Alan", "Turing", "79"),
    ]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"), (b"\xef\xbb\xbf\r\n", "is empty"), (b"PK\x03\x04rest", "is a workbook"), (b"\x00\x01\x02\x03id", "is no text"),
        (b"id,name\n", "holds no student"), (b"colour,shape\nred,round\n", "needs a column id"),
    ],
)  # fmt: skip
def test_what_is_no_roster_is_one_line(tmp_path, data, words):
    with pytest.raises(CourseError, match=words) as caught:
        roster(tmp_path, data)
    assert "\n" not in str(caught.value)
    for path in (tmp_path / "nowhere.csv", tmp_path):
        with pytest.raises(CourseError, match=r"does not exist|is a folder"):
            read_roster(path)


@pytest.mark.parametrize(
    "id", ["o'brien@x.org", "björn", "Иван Петров", "李雷", "محمد", "अनीता", "O’Neil", "'t Hooft", "d'Arc-Łuk.2", "علی\u200cرضا", "+49", "a,b"]
)  # fmt: skip
def test_ids_of_the_world_can_be_used(course, id):
    assert usable(id)
    hand_in(course.root, id, submission())
    assert students(find(course, ID, None, None)) == [id]


@pytest.mark.parametrize(
    "id", ["", ".hidden", "a/b", "a\\b", "a;b$(c)", "a\x1b[31m", "a\u202eb", "-rf", " a", "x" * 201, "a\nb"]
)
def test_ids_that_no_folder_should_have_are_refused(id):
    assert not usable(id)


def test_one_unusable_id_is_one_line_and_not_the_class(course, tmp_path):
    people = roster(tmp_path, "id,name\na/b,Ada\nbo,Bo Li\n")
    assert [p.id for p in people] == ["bo"]
    assert len(people.problems) == 1
    assert "line 2" in people.problems[0]
    assert people.lost


def test_names_are_compared_by_unicode(course, tmp_path):
    people = roster(tmp_path, "id,first_name,last_name\nbjörn,Björn,Åberg\nивп,Иван,Петров\n")
    files = {"BJO\u0308RN.ipynb": b"1", "ИВАН ПЕТРОВ.ipynb": b"2"}
    assert students(find(course, ID, make_zip(tmp_path, files), people)) == ["björn", "ивп"]


def test_two_persons_of_one_name_are_never_one(course, tmp_path):
    files = {"leekim_1_10_a.ipynb": b"1", "leekim_2_11_a.ipynb": b"2"}
    path = make_zip(tmp_path, files)
    both = roster(tmp_path, "id,first_name,last_name,canvas_id\nk1,Kim,Lee,1\nk2,Kim,Lee,2\n")
    assert {s.student: s.read() for s in find(course, ID, path, both).submissions} == {"k1": b"1", "k2": b"2"}
    for people in (None, roster(tmp_path, "id,first_name,last_name\nk1,Kim,Lee\n")):
        intake = find(course, ID, path, people)
        assert students(intake) == []
        assert len(intake.problems) == 2
    one = roster(tmp_path, "id,first_name,last_name,canvas_id\nk1,Kim,Lee,1\n")
    assert {s.student: s.read() for s in find(course, ID, path, one).submissions} == {"k1": b"1"}


def test_several_rows_with_one_id_are_nobody(tmp_path):
    people = roster(tmp_path, "id,name\nada,Ada Lovelace\nada,Ada Byron\nbo,Bo Li\nbo,Bo Li\n")
    assert [p.id for p in people] == ["bo"]
    assert "lines 2, 3: several persons have the id 'ada'" in people.problems[0]


def test_an_id_wins_over_anothers_name_and_ids_differ_by_their_signs(tmp_path):
    people = roster(tmp_path, "id,first_name,last_name,email\na.b,An,Be,\nab,Cy,De,\nkim,Bo,Li,\nx,Ki,M,\n")
    matcher = Matcher(people)
    found = [matcher.find(claim(f"{name}.ipynb", ID)) for name in ("a.b", "ab", "kim", "A.B")]
    assert found == ["a.b", "ab", "kim", "a.b"]


@pytest.mark.parametrize(
    "name",
    [
        "ada/assignment.ipynb", "small-ada/assignment.ipynb", "subs/small-ada/small/assignment.ipynb",
        "12345-67890 - Ada Lovelace - Mar 1, 2026 1130 PM/assignment.ipynb",
        "12345-67890 - Ada Lovelace - 1 March, 2026 11:30 PM - assignment.ipynb".replace("1 March,", "March 1,"),
        "Lab_1_ada_attempt_2026-03-01-23-30-00_assignment.ipynb",
        "Ada Lovelace - assignment.ipynb", "Ada Lovelace - assignment (1).ipynb",
        "lovelaceada_77_1001_assignment.ipynb", "lovelaceada_LATE_77_1001_assignment-1.ipynb",
        "Ada Lovelace_501_assignsubmission_file_/sub/assignment.ipynb", "Ada Lovelace_501_assignsubmission_file_x.ipynb",
        "Ada Lovelace_501_assignsubmission_file/x.ipynb", "download/Ada Lovelace_501_assignsubmission_file_/x.ipynb",
    ],
)  # fmt: skip
def test_the_names_of_every_lms(course, tmp_path, name):
    people = roster(
        tmp_path, "id,first_name,last_name,canvas_id,moodle_id\nada,Ada,Lovelace,77,501\nbo,Bo,Li,78,502\n"
    )
    intake = find(course, ID, make_zip(tmp_path, {name: b"1"}), people)
    assert (students(intake), intake.problems, intake.missing) == (["ada"], [], ["bo"])


def test_a_folder_for_each_student_needs_no_roster(course, tmp_path):
    for name in ("abel", "bo"):
        (tmp_path / "repos" / name).mkdir(parents=True)
        (tmp_path / "repos" / name / "assignment.ipynb").write_bytes(name.encode())
    intake = find(course, ID, tmp_path / "repos", None)
    assert {s.student: s.read() for s in intake.submissions} == {"abel": b"abel", "bo": b"bo"}


def test_one_pattern_can_be_given(course, tmp_path):
    path = make_zip(tmp_path, {"hw1#ada#2026-03-01 12:00:00 CET.ipynb": b"1", "other.ipynb": b"2"})
    intake = find(course, ID, path, None, r"hw1#(?P<student_id>[^#]+)#(?P<timestamp>[^.]+)\.ipynb")
    assert [(s.student, s.timestamp) for s in intake.submissions] == [("ada", "2026-03-01 12:00:00 CET")]
    assert intake.problems == ["other.ipynb: --pattern does not fit it"]
    for wrong, words in (("(", "no regular expression"), ("x", "needs a named group")):
        with pytest.raises(CourseError, match=words):
            find(course, ID, path, None, wrong)


def test_of_several_notebooks_the_one_with_the_assignments_cells_and_then_the_newest(course, tmp_path):
    old, new = submission({"double": "# old"}), submission({"double": "# new"})
    scratch = notebook([])
    files = {
        "ada/assignment.ipynb": (old, (2026, 1, 1, 0, 0, 0)), "ada/final.ipynb": (new, (2026, 1, 2, 0, 0, 0)),
        "ada/scratch.ipynb": (scratch, (2026, 1, 3, 0, 0, 0)), "ada/.ipynb_checkpoints/x.ipynb": (old, (2026, 1, 4, 0, 0, 0)),
    }  # fmt: skip
    intake = find(course, ID, make_zip(tmp_path, files), None)
    assert intake.submissions[0].read() == new
    assert intake.notes == [
        "ada: several notebooks, ada/final.ipynb counts, not ada/assignment.ipynb, ada/scratch.ipynb"
    ]
    assert intake.problems == []


def test_in_nbgraders_tree_the_named_notebook_counts_as_in_nbgrader(course):
    place = hand_in(course.root, "ada", submission({"double": "# named"})).parent
    (place / "copy.ipynb").write_bytes(submission({"double": "# copy"}))
    assert b"# named" in find(course, ID, None, None).submissions[0].read()
    (place / "assignment.ipynb").write_bytes(notebook([]))
    assert b"# copy" in find(course, ID, None, None).submissions[0].read()


def test_what_is_no_notebook_is_listed_and_the_roster_reconciled(course, tmp_path):
    people = roster(tmp_path, "id\nada\nbo\ncy\ndan\n")
    files = {
        "ada.ipynb": notebook(released()),
        "bo.py": b"",
        "cy/work.zip": b"",
        "eve.ipynb": b"1",
        "ada/notes.txt": b"",
    }
    intake = find(course, ID, make_zip(tmp_path, files), people)
    assert students(intake) == ["ada"]
    assert (intake.missing, intake.unmatched, intake.no_notebook) == (["dan"], ["eve.ipynb"], ["bo", "cy"])
    assert "bo: bo.py is no notebook" in intake.problems
    assert intake.notes == ["ada: notes.txt is no notebook; the notebook beside it counts"]
    words = reconcile(intake, people)
    assert "missing (1): dan" in words
    assert "no notebook (2): bo, cy" in words


@pytest.mark.parametrize(
    ("stamp", "utc"),
    [
        ("2026-03-02 00:30:00 CET", "2026-03-01 23:30:00"), ("2026-03-01 23:30 America/New_York", "2026-03-02 04:30:00"),
        ("2026-07-01 12:00:00 Europe/Berlin", "2026-07-01 10:00:00"), ("2026-03-02 00:30:00 UTC", "2026-03-02 00:30:00"),
        ("2026-03-02 00:30:00", "2026-03-02 00:30:00"), ("2026-03-02T00:30:00+01:00", "2026-03-01 23:30:00"),
        ("2026-03-02 00:30:00.250000 UTC", "2026-03-02 00:30:00.250000"), ("2026-03-02 00:30:00 EST", "2026-03-02 05:30:00"),
    ],
)  # fmt: skip
def test_times_are_read_as_nbgrader_reads_them(stamp, utc):
    from nbgrader.utils import parse_utc

    assert (str(read_time(stamp)[0]), read_time(stamp)[1]) == (utc, "")
    assert parse_utc(stamp) == read_time(stamp)[0]


@pytest.mark.parametrize(
    "stamp", ["2026-03-02 00:30:00 Mars/Base", "2026-03-02 00:30 CEST", "2026-03-02 00:30:00 XYZ"]
)
def test_a_zone_that_is_not_known_is_said(course, stamp):
    when, words = read_time(stamp)
    assert when is not None
    assert "is not known" in words
    hand_in(course.root, "ada", submission(), stamp)
    assert "is not known" in find(course, ID, None, None).notes[0]


@pytest.mark.parametrize(
    "stamp", ["0001-01-01 00:00:00 +14:00", "2026-01-01 00:00:00 +9999", "yesterday", "2026-99-99 UTC", "\x00"]
)
def test_a_time_that_cannot_be_read_stops_nobody(stamp):
    read_time(stamp)
    assert read_time("yesterday") == (None, "the time 'yesterday' cannot be read: no lateness is counted")


def test_a_byte_order_mark_is_no_letter(tmp_path):
    assert roster(tmp_path, codecs.BOM_UTF8 + b"id\nada\n")[0].id == "ada"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["inbox/ada.ipynb", "inbox/bo.ipynb"], ["ada", "bo"]), (["abel/assignment.ipynb"], ["abel"]), (["inbox/ada.ipynb"], ["ada"]),
        (["ada/src/assignment.ipynb", "bo/assignment.ipynb"], ["ada", "bo"]), (["subs/ada/assignment.ipynb", "subs/bo/x.ipynb"], ["ada", "bo"]),
        (["ada/assignment.ipynb", "ada/src/other.ipynb"], ["ada"]), (["ada/small/assignment.ipynb", "bo/small/assignment.ipynb"], ["ada", "bo"]),
        (["ada/x.ipynb", "ada/y.ipynb", "bo/x.ipynb"], ["ada", "bo"]),
    ],
)  # fmt: skip
def test_a_folder_is_a_student_or_holds_them_all(course, tmp_path, files, expected):
    path = make_zip(tmp_path, dict.fromkeys(files, submission()))
    assert students(find(course, ID, path, None)) == expected
    people = roster(tmp_path, "id\n" + "\n".join(expected))
    assert students(find(course, ID, path, people)) == expected


def test_blackboards_user_names_hold_its_own_sign_and_stand_beside_student_numbers(course, tmp_path):
    files = {
        "PS_1_ada_l_attempt_2026-03-02-10-00-00_a.ipynb": b"new", "PS_1_ada_l_attempt_2026-03-01-10-00-00_b.ipynb": b"old",
        "PS_1_ada_l_attempt_2026-03-02-10-00-00.txt": b"",
    }  # fmt: skip
    people = roster(tmp_path, "Last Name\tFirst Name\tUsername\tStudent ID\nLovelace\tAda\tada_l\t100\n", "utf-16")
    intake = find(course, ID, make_zip(tmp_path, files), people)
    assert {s.student: s.read() for s in intake.submissions} == {"100": b"new"}
    assert intake.problems == []
