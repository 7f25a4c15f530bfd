"""Our application with one more endpoint, which computes embeddings the naive way.

Both endpoints use the same middleware, authentication and JSON; only the way in which they call the
model differs. Run it in the template folder, like the application itself.
"""

import os
import sys
from pathlib import Path

import uvicorn

from embedding import NAIVE_PATH
from embedding import naive
from embedding import write_config

sys.path.insert(0, str(Path.cwd()))
from app.api.deps.custom_models import CustomModelServiceDep
from app.core.config import load_settings
from app.main import create_app
from app.schemas.custom_models import EmbeddingList
from app.schemas.custom_models import TextInputs


def main() -> None:
    """Serve on the port that follows `--port`."""
    write_config(Path(os.environ["CUSTOM_MODELS_FILE"]))
    settings = load_settings()
    app, embed = create_app(settings), naive()

    async def embed_naively(data: TextInputs, _service: CustomModelServiceDep) -> EmbeddingList:
        rows = [(await embed(text)).tolist() for text in data.inputs]
        return EmbeddingList(embeddings=rows, dimension=len(rows[0]))

    app.post(NAIVE_PATH)(embed_naively)
    uvicorn.run(app, port=int(sys.argv[-1]), log_config=None)


if __name__ == "__main__":
    main()
