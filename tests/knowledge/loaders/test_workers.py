"""Workers read what loaders read, and no file can hang, fill or end them for long."""

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from knowledge.errors import BadInput, KnowledgeError, UnreadableFile, UnsupportedFormat
from knowledge.loaders import formats
from knowledge.loaders.cutting import Cutting, cut
from knowledge.loaders.drawing import page_picture
from knowledge.loaders.options import Options
from knowledge.loaders.workers import Workers
from tests.knowledge.doubles import HashingEncoder
from tests.knowledge.loaders.pdfs import sheet_of, write

ENCODER = HashingEncoder()


@pytest.fixture
def make_workers():
    made = []

    def make(**limits):
        made.append(Workers(**limits))
        return made[-1]

    yield make
    for workers in made:
        workers.close()


@pytest.fixture
def workers(make_workers):
    return make_workers()


@pytest.fixture
def slow(tmp_path):
    """A file that takes a second or more to read: the parser makes an object of each of its elements."""
    file = tmp_path / "slow.html"
    file.write_text("<p>" + "<b>a</b> " * 400_000, encoding="utf-8")
    return file


OTHERS = set()


@pytest.fixture(autouse=True)
def others():
    """What other tests have started and not ended."""
    OTHERS.update(psutil.Process().children())


def children():
    """The processes of this test."""
    return [child for child in psutil.Process().children() if child not in OTHERS]


def read_until_working(workers, file):
    """Begin to read in a thread, and return it with what comes of it once the worker works."""
    problems = []

    def read():
        try:
            workers.read(file, Options())
        except KnowledgeError as error:
            problems.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    while not (found := children()) or found[0].cpu_times().user < 0.5:
        assert thread.is_alive()
        time.sleep(0.01)
    return thread, problems


def test_a_worker_reads_what_the_loaders_read(workers, one_of_each):
    for file in one_of_each:
        assert workers.read(file, Options()) == formats.load(file.name, file.read_bytes()), file


def test_a_file_goes_by_the_name_it_is_given(workers, tmp_path):
    stored = tmp_path / "0a1b2c"
    stored.write_text("# Rules\n\nNo bikes.", encoding="utf-8")
    assert workers.read(stored, Options("rules.md")).title == "Rules"
    stored.write_text(" ", encoding="utf-8")
    with pytest.raises(UnreadableFile, match=r"rules\.txt holds no text"):
        workers.read(stored, Options("rules.txt"))


def test_odd_characters_come_through(workers, tmp_path):
    file = tmp_path / os.fsdecode(b"odd \xff \xc3\xa9\n.txt")
    file.write_text("a\u2028b \U0001f600 \ufffe \u05d0\u0301 \\ud800 c", encoding="utf-8")
    content = workers.read(file, Options())
    assert content.text == file.read_text(encoding="utf-8")
    assert content == formats.load(file.name, file.read_bytes())


@pytest.mark.parametrize("name", ["a.mp4", "a.pdf", "missing.txt"])
def test_a_refusal_comes_through(workers, tmp_path, name):
    (tmp_path / "a.mp4").write_bytes(bytes(range(256)))
    (tmp_path / "a.pdf").write_text("no such thing", encoding="utf-8")
    wanted = UnsupportedFormat if name == "a.mp4" else UnreadableFile
    with pytest.raises(wanted, match=name) as refusal:
        workers.read(tmp_path / name, Options())
    assert "\n" not in str(refusal.value)


def test_a_file_that_takes_too_long_is_given_up(make_workers, slow, handbook):
    workers = make_workers(seconds=0.4)
    with pytest.raises(UnreadableFile, match=r"slow\.html takes longer than 0\.4 s to read: split it"):
        workers.read(slow, Options())
    assert workers.read(handbook, Options()).title == "Staff handbook"


def test_a_file_that_takes_too_much_memory_is_given_up(make_workers, tmp_path, handbook):
    workers = make_workers(megabytes=600)
    huge = tmp_path / "huge.txt"
    with huge.open("wb") as file:
        file.truncate(1 << 30)
    with pytest.raises(UnreadableFile, match=r"huge\.txt needs more than 600 MB to read: split it"):
        workers.read(huge, Options())
    assert workers.read(handbook, Options()).title == "Staff handbook"


def test_a_worker_that_is_killed_is_replaced(workers, slow, handbook):
    thread, problems = read_until_working(workers, slow)
    children()[0].kill()
    thread.join(20)
    assert [type(problem) for problem in problems] == [UnreadableFile]
    assert workers.read(handbook, Options()).title == "Staff handbook"


def test_a_worker_that_died_between_two_files_costs_nothing(workers, handbook):
    workers.read(handbook, Options())
    children()[0].kill()
    assert workers.read(handbook, Options()).title == "Staff handbook"


def test_one_process_reads_many_files(workers, handbook):
    workers.read(handbook, Options())
    first = children()
    workers.read(handbook, Options())
    assert children() == first


def test_what_the_parent_holds_does_not_count_against_a_worker(make_workers, handbook):
    workers = make_workers(megabytes=600)
    held = bytearray(b"x" * (300 << 20))
    workers.read(handbook, Options())
    first = children()
    workers.read(handbook, Options())
    assert children() == first
    assert len(held) == 300 << 20


def test_a_file_after_a_large_one_has_all_the_memory(make_workers, tmp_path, handbook):
    workers = make_workers(megabytes=700)
    large = tmp_path / "large.txt"
    large.write_text("All keys are kept here.\n" * 1_500_000, encoding="utf-8")
    for _ in range(3):
        assert workers.read(large, Options()).text.endswith("here.\n")
        assert workers.read(handbook, Options()).title == "Staff handbook"


def test_many_threads_share_two_workers(make_workers, tmp_path):
    workers = make_workers(count=2)
    for i in range(40):
        (tmp_path / f"{i}.md").write_text(f"# Title {i}\n\n" + f"Text {i}. " * 50 * i, encoding="utf-8")
    with ThreadPoolExecutor(8) as threads:
        titles = list(threads.map(lambda i: workers.read(tmp_path / f"{i}.md", Options()).title, range(40)))
    assert titles == [f"Title {i}" for i in range(40)]
    assert len(children()) == 2


def test_closing_ends_what_is_being_read(workers, slow):
    thread, problems = read_until_working(workers, slow)
    workers.close()
    thread.join(20)
    assert "closed" in str(problems[0])
    assert not isinstance(problems[0], UnreadableFile)
    assert not children()


def test_workers_live_on_when_the_thread_that_started_them_ends(workers, handbook):
    thread = threading.Thread(target=workers.read, args=(handbook, Options()))
    thread.start()
    thread.join()
    first = children()
    assert workers.read(handbook, Options()).title == "Staff handbook"
    assert children() == first


def test_a_worker_ends_with_its_parent(handbook):
    program = (
        "import psutil, time\nfrom pathlib import Path\nfrom knowledge.loaders.options import Options\n"
        "from knowledge.loaders.workers import Workers\nworkers = Workers()\n"
        f"workers.read(Path({str(handbook)!r}), Options())\n"
        "print(psutil.Process().children()[0].pid, flush=True)\ntime.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]
    )
    worker = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert psutil.wait_procs([worker], timeout=20)[1] == []


def test_a_page_is_drawn(workers, tmp_path):
    (tmp_path / "file").write_bytes(write([sheet_of("Text.")]))
    picture = workers.draw(tmp_path / "file", 1, [(0.1, 0.2, 0.5, 0.3)])
    assert picture == page_picture((tmp_path / "file").read_bytes(), 1, [(0.1, 0.2, 0.5, 0.3)])


def test_a_page_that_is_not_there_is_told_of_in_the_same_words(workers, tmp_path):
    (tmp_path / "file").write_bytes(write([sheet_of("Text.")]))
    with pytest.raises(BadInput, match="there is no page 2: give one from 1 to 1"):
        workers.draw(tmp_path / "file", 2, [])


def test_a_page_that_takes_too_long_to_draw_is_given_up(make_workers, tmp_path):
    (tmp_path / "file").write_bytes(write([sheet_of("Text.")]))
    with pytest.raises(UnreadableFile, match=r"the page takes longer than 0\.001 s"):
        make_workers(seconds=0.001).draw(tmp_path / "file", 1, [])


def sleeping(texts):
    """A scan that does not end."""
    time.sleep(60)
    return [None] * len(texts)


def test_a_worker_cuts_what_it_is_given(workers, handbook):
    content = formats.load(handbook.name, handbook.read_bytes())
    cutting = Cutting("Handbook", str(ENCODER.tokenizer_file()), 20, "assistant.guardrails.documents:scan")

    assert workers.cut(content, cutting) == cut(content, cutting)


def test_a_document_whose_scan_does_not_end_is_given_up(make_workers, handbook):
    content = formats.load(handbook.name, handbook.read_bytes())
    cutting = Cutting("Handbook", str(ENCODER.tokenizer_file()), 20, f"{__name__}:sleeping")

    with pytest.raises(UnreadableFile, match="Handbook takes longer than 3 s"):
        make_workers(seconds=3).cut(content, cutting)
