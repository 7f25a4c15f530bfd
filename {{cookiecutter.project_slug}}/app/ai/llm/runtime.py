"""What all calls of one process share: the model's one client, the circuit, the places."""

from app.ai.llm.circuit import Circuit
from app.ai.llm.echo import EchoModel
from app.ai.llm.gate import Gate
from app.ai.llm.openai_compatible import OpenAiModel
from app.ai.llm.port import LanguageModel
from app.ai.llm.retrying import RetryingModel
from app.core.config.llm import LlmProvider
from app.core.config.llm import LlmSettings

OPEN = "llm: its server keeps failing and is left alone for a while"


class LlmRuntime:
    """Made once from the settings. Making one connects to nothing."""

    def __init__(self, settings: LlmSettings) -> None:
        self.circuit = Circuit(settings.llm_circuit_failures, settings.llm_circuit_seconds)
        self.gate = Gate(settings.llm_concurrent_calls, settings.llm_wait_seconds)
        self.model = RetryingModel(_model(settings), self.circuit, settings)

    @property
    def troubles(self) -> list[str]:
        """What an operator should know; nothing when all is well."""
        return [OPEN] if self.circuit.is_open else []

    async def close(self) -> None:
        """Let go of connections."""
        await self.model.close()


def _model(settings: LlmSettings) -> LanguageModel:
    if settings.llm_answerer is LlmProvider.ECHO:
        return EchoModel()
    return OpenAiModel(settings)
