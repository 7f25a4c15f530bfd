"""How many tokens a text is, roughly: for reserving, and where a server does not count itself."""

from collections.abc import Iterable

from app.ai.llm.port import Turn

BYTES_PER_TOKEN = 3  # English has about 4; guessing high refuses early rather than late
TOKENS_PER_TURN = 5


def tokens_of(text: str) -> int:
    """About how many tokens a text is; none for no text."""
    return -(-len(text.encode()) // BYTES_PER_TOKEN)


def tokens_of_turns(turns: Iterable[Turn]) -> int:
    """About how many tokens a conversation is."""
    return sum(tokens_of(turn.text) + TOKENS_PER_TURN for turn in turns)
