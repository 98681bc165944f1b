"""Answers of a given form: llguidance says which tokens keep an answer within its schema or pattern.

https://github.com/guidance-ai/llguidance
"""

import json
from functools import cached_property
from typing import Any

from assistant.errors import BadInput
from assistant.turns import Form

ANY_OBJECT = '{"type": "object"}'


class Forms:
    """Makes what follows an answer through its form, for one tokenizer."""

    def __init__(self, tokenizer: Any, vocabulary: int) -> None:
        """Take the tokenizer, and how many tokens the model scores."""
        self._tokenizer = tokenizer
        self._vocabulary = vocabulary

    def matcher(self, form: Form) -> "Matcher":
        """Return what follows one answer.

        Raises:
            BadInput: the schema or the pattern cannot be used.
        """
        from llguidance import LLMatcher

        grammar = _grammar(form)
        if problem := LLMatcher.validate_grammar(grammar, self._tokens):
            raise BadInput(f"the answer cannot have this form: {' '.join(problem.split())[:300]}")
        return Matcher(LLMatcher(self._tokens, grammar), self._vocabulary)

    @cached_property
    def _tokens(self) -> Any:
        from llguidance.hf import from_tokenizer

        return from_tokenizer(self._tokenizer, self._vocabulary)


class Matcher:
    """Follows one answer token by token."""

    def __init__(self, matcher: Any, vocabulary: int) -> None:
        self._matcher = matcher
        self._vocabulary = vocabulary

    def allowed(self) -> Any:
        """Return which tokens may come next: a boolean array over the vocabulary."""
        import numpy as np

        bits = np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint8)
        return np.unpackbits(bits, bitorder="little")[: self._vocabulary].astype(bool)

    def take(self, token: int) -> bool:
        """Take the token that was chosen; tell whether the answer is whole and ends here."""
        self._matcher.consume_token(token)
        return bool(self._matcher.is_stopped())


def _grammar(form: Form) -> str:
    from llguidance import LLMatcher

    try:
        if form.kind == "regex":
            return str(LLMatcher.grammar_from_regex(form.text))
        schema = form.text if form.kind == "schema" else ANY_OBJECT
        return str(LLMatcher.grammar_from_json_schema(json.loads(schema)))
    except (ValueError, TypeError) as error:
        raise BadInput(f"the answer cannot have this form: {' '.join(str(error).split())[:300]}") from error
