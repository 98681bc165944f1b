import pytest

from assistant.model.text import Detokenizer

TEXTS = [
    "the quick brown fox says good morning",
    "  leading and   inner    blanks \n\n and lines\n",
    "emoji 🌍🚲 and a family 👩‍👩‍👧‍👦, done",
    "Grüße aus Köln – «ça va»? 日本語も。 العربية",
    "ends in one of several tokens 🌍",
    "",
]


def pieces_of(tokenizer, text, stop=()):
    read = Detokenizer(tokenizer, stop)
    pieces = [read.add(token) for token in tokenizer.encode(text, add_special_tokens=False)]
    return [*pieces, read.rest()], read


@pytest.mark.parametrize("text", TEXTS)
def test_the_pieces_together_are_the_text(tiny_tokenizer, text):
    pieces, _ = pieces_of(tiny_tokenizer, text)
    assert "".join(pieces) == text == tiny_tokenizer.decode(tiny_tokenizer.encode(text, add_special_tokens=False))


def test_a_character_made_of_several_tokens_comes_whole(tiny_tokenizer):
    assert len(tiny_tokenizer.encode("🌍")) == 4
    pieces, _ = pieces_of(tiny_tokenizer, "a🌍b")
    assert [piece for piece in pieces if piece] == ["a", "🌍", "b"]


def test_no_piece_holds_a_broken_character(tiny_tokenizer):
    for text in TEXTS:
        assert not any("\ufffd" in piece for piece in pieces_of(tiny_tokenizer, text)[0])


def test_a_character_that_was_never_finished_is_left_out(tiny_tokenizer):
    read = Detokenizer(tiny_tokenizer)
    pieces = [read.add(token) for token in tiny_tokenizer.encode("ab🌍")[:-1]]
    assert "".join([*pieces, read.rest()]) == "ab"


def test_text_is_given_as_soon_as_it_is_settled(tiny_tokenizer):
    pieces, _ = pieces_of(tiny_tokenizer, "abc")
    assert pieces[-1] == ""
    assert all(pieces[:-1])


def test_special_tokens_are_no_text(tiny_tokenizer):
    pieces, _ = pieces_of(tiny_tokenizer, "a<|im_end|>b")
    assert "".join(pieces) == "ab"


@pytest.mark.parametrize("cut", range(1, 6))
def test_a_stop_string_ends_the_text_before_it_wherever_tokens_divide_it(tiny_tokenizer, cut):
    stop = "XYZZY!"
    tokens = [tiny_tokenizer.encode(part) for part in ("abc" + stop[:cut], stop[cut:] + "never seen")]
    read, given = Detokenizer(tiny_tokenizer, (stop,)), ""
    for token in [*tokens[0], *tokens[1]]:
        given += read.add(token)
        assert "X" not in given
    assert (given + read.rest(), read.ended) == ("abc", True)


def test_a_stop_string_that_shares_a_token_with_other_text_ends_it_at_the_right_character(tiny_tokenizer):
    pieces, read = pieces_of(tiny_tokenizer, "the quick brown fox", stop=("ick",))
    assert ("".join(pieces), read.ended) == ("the qu", True)


def test_the_first_of_several_stop_strings_ends_the_text(tiny_tokenizer):
    pieces, _ = pieces_of(tiny_tokenizer, "one two three", stop=("three", "two", ""))
    assert "".join(pieces) == "one "


def test_what_only_began_like_a_stop_string_is_given_in_the_end(tiny_tokenizer):
    pieces, read = pieces_of(tiny_tokenizer, "abc XYZ and XY", stop=("XYZZY",))
    assert ("".join(pieces), read.ended) == ("abc XYZ and XY", False)


def test_nothing_is_given_after_a_stop_string(tiny_tokenizer):
    read = Detokenizer(tiny_tokenizer, ("b",))
    assert [read.add(token) for token in tiny_tokenizer.encode("abcabc")] == ["a", "", "", "", "", ""]
    assert read.rest() == ""
