"""Builds the application: settings, logging, resources, middleware, routes, error handlers."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.ai.custom_models.runtime import CustomModelRuntime
from app.ai.llm.runtime import LlmRuntime
from app.ai.statistical.runtime import StatisticalRuntime
from app.api import health
from app.api.deps.auth import SECURITY_ERRORS
from app.api.middleware import add_middleware
from app.api.v1.router import router as v1
from app.core.config import Settings
from app.core.config import load_settings
from app.jobs import jobs
from app.kit.http import documentation
from app.kit.http.error_handlers import add_error_handlers
from app.kit.http.openapi import install_openapi
from app.kit.http.openapi import operation_id
from app.kit.jobs.worker import Worker
from app.kit.logging import configure_logging
from app.kit.project_metadata import project
from app.resources import Resources
from app.schemas.llm import ChatEvent
from app.services.account_runtime import AccountRuntime


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application, with these settings or those of the environment.

    Raises:
        StartupError: a setting is wrong; the message names it.
    """
    settings = settings or load_settings()
    configure_logging(settings)
    about = project()
    app = FastAPI(
        title=about.title,
        version=about.version,
        description=about.description,
        openapi_url=None,  # documentation.py serves it
        lifespan=lifespan,
        redirect_slashes=False,  # many clients lose the body when they follow a redirect
        generate_unique_id_function=operation_id,
    )
    resources = Resources(settings)
    app.state.resources = resources
    app.state.jobs = Worker(resources.database, jobs, resources, settings)
    # %if jwt
    app.state.accounts = AccountRuntime(settings, resources.database, resources.limiter)
    # %endif
    app.state.custom_models = CustomModelRuntime(settings)  # %if custom_models
    app.state.llm = LlmRuntime(settings, resources.database)  # %if llm
    app.state.statistical = StatisticalRuntime(resources)  # %if statistical
    add_middleware(app, settings)
    add_error_handlers(app)
    app.include_router(health.router)
    if settings.docs_enabled:
        app.include_router(documentation.router)
    app.include_router(v1, prefix="/api/v1")
    install_openapi(
        app,
        schemas=[ChatEvent],  # %if llm
        security_errors=SECURITY_ERRORS,  # %if jwt
    )
    return app


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open resources before the first request, and close them after the last."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.state.resources.lifespan())
        await stack.enter_async_context(app.state.accounts.lifespan())  # %if jwt
        await stack.enter_async_context(app.state.custom_models.lifespan())  # %if custom_models
        await stack.enter_async_context(app.state.llm.lifespan())  # %if llm
        await stack.enter_async_context(app.state.statistical.lifespan())  # %if statistical
        await stack.enter_async_context(app.state.jobs.lifespan())
        yield
