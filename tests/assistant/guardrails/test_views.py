import numpy as np

from assistant.guardrails.views import SHORT, SIZE, Views


def cosine(one, other):
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)))


def test_a_short_text_is_seen_after_the_first_layers_and_after_all(views):
    view = views(["How do I book leave?"])[0]
    assert view.shape == (2 * SIZE,)
    assert np.linalg.norm(view[:SIZE]) > 0.99
    assert np.linalg.norm(view[SIZE:]) > 0.99


def test_a_long_text_is_seen_after_the_first_layers_alone(views):
    view = views(["How do I book leave? " * (SHORT // 20 + 1)])[0]
    assert np.linalg.norm(view[:SIZE]) > 0.99
    assert not view[SIZE:].any()


def test_the_last_layer_says_what_the_encoder_itself_says(views, encoder):
    text = "Employees have thirty days of leave a year."
    assert cosine(views([text])[0][SIZE:], encoder([text])[0]) > 0.98


def test_the_vector_of_a_text_does_not_depend_on_its_neighbours(views):
    alone = views(["A text that stands alone here."])[0]
    together = Views()(["Another, and a longer one than that. " * 9, "A text that stands alone here."])
    assert np.array_equal(alone, together[1])


def test_what_lies_beyond_what_the_encoder_reads_does_no_harm(views):
    assert np.isfinite(views(["word " * 5000])).all()


def test_half_a_character_is_looked_at_too(views):
    assert np.isfinite(views(["\ud800 and more"])).all()
