"""Puts the application together: settings, log, resources, middleware, paths, errors."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.ai.custom_models.runtime import CustomModelRuntime  # %if custom_models
from app.ai.llm.runtime import LlmRuntime  # %if llm
from app.ai.statistical.runtime import StatisticalRuntime  # %if statistical
from app.api import health
from app.api import root
from app.api.errors import add_error_handlers
from app.api.middleware import add_middleware
from app.api.openapi import install_openapi
from app.api.openapi import operation_id
from app.api.v1.router import router as v1
from app.core.config import Settings
from app.core.config import load_settings
from app.core.logging import configure_logging
from app.core.project import project
from app.resources import Resources


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application, from these settings or from those of the environment.

    Raises:
        StartupError: a setting is wrong; says which.
    """
    settings = settings or load_settings()
    configure_logging(settings)
    about = project()
    app = FastAPI(
        title=about.title,
        version=about.version,
        description=about.description,
        openapi_url="/openapi.json" if settings.docs_enabled else None,
        lifespan=lifespan,
        redirect_slashes=False,  # many clients lose what they sent when they follow one
        generate_unique_id_function=operation_id,
    )
    app.state.resources = Resources(settings)
    app.state.custom_models = CustomModelRuntime(settings)  # %if custom_models
    app.state.llm = LlmRuntime(settings)  # %if llm
    app.state.statistical = StatisticalRuntime(app.state.resources)  # %if statistical
    add_middleware(app, settings)
    add_error_handlers(app)
    app.include_router(health.router)
    if settings.docs_enabled:
        app.include_router(root.router)
    app.include_router(v1, prefix="/api/v1")
    install_openapi(app)
    return app


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Get ready before the first request, and let go of everything after the last."""
    resources: Resources = app.state.resources
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(resources.opened())
        await stack.enter_async_context(app.state.custom_models.opened())  # %if custom_models
        stack.push_async_callback(app.state.llm.close)  # %if llm
        await stack.enter_async_context(app.state.statistical.opened())  # %if statistical
        yield
