from assistant.guardrails.windows import CHARACTERS, edges, sentences, windows


def test_windows_cover_the_whole_text():
    for text in ("", "one", "a b c " * 400, "x" * 5000, " leading and trailing "):
        covered = set()
        for start, end in windows(text):
            covered |= set(range(start, end))
        assert all(i in covered for i, character in enumerate(text) if not character.isspace())


def test_the_windows_of_a_growing_text_stay_what_they_were():
    words = [f"word{number} " for number in range(400)]
    longer = windows("".join(words))
    for cut in (150, 250, 390):
        assert windows("".join(words[:cut]))[:-1] == longer[: len(windows("".join(words[:cut]))) - 1]


def test_no_window_is_longer_than_the_encoder_reads():
    text = "word " * 300 + "x" * 4000 + " " + "一" * 2000
    assert all(end - start <= CHARACTERS for start, end in windows(text))


def test_the_edges_are_the_first_and_the_last_sentence():
    text = "Dear all. Much in between. And more. Do this."
    assert [text[start:end] for start, end in edges(text)] == ["Dear all.", " Do this."]


def test_a_text_of_two_sentences_is_not_cut_into_them():
    assert sentences("One. Two.") == []
    assert edges("One. Two.") == []


def test_lines_are_sentences_too_and_empty_ones_are_none():
    text = "One\n \nTwo. Three"
    assert [text[start:end] for start, end in sentences(text)] == ["One", "Two.", " Three"]
