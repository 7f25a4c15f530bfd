"""Our application with one more path, on which sentences are embedded the naive way.

So both pass the same middleware, the same authentication and the same JSON; what differs is how the
model is asked. Run in the template folder, like the application itself.
"""

import os
import sys
from pathlib import Path

import uvicorn

from embedding import NAIVE_PATH
from embedding import declare
from embedding import naive

sys.path.insert(0, str(Path.cwd()))
from app.api.custom_models import CustomModels
from app.core.config import load_settings
from app.main import create_app
from app.schemas.custom_models import EmbeddingList
from app.schemas.custom_models import TextInputs


def main() -> None:
    """Serve on the port that follows `--port`."""
    declare(Path(os.environ["CUSTOM_MODELS_FILE"]))
    settings = load_settings()
    app, embed = create_app(settings), naive()

    async def embed_naively(data: TextInputs, _models: CustomModels) -> EmbeddingList:
        rows = [(await embed(text)).tolist() for text in data.inputs]
        return EmbeddingList(embeddings=rows, dimension=len(rows[0]))

    app.post(NAIVE_PATH)(embed_naively)
    uvicorn.run(app, port=int(sys.argv[-1]), log_config=None)


if __name__ == "__main__":
    main()
