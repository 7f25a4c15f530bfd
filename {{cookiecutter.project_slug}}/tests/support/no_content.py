"""What an answer must be that has nothing to say."""

from httpx2 import Response


def is_no_content(response: Response) -> bool:
    """Whether it is 204, without a body and without the type of one."""
    bare = response.content == b"" and "Content-Type" not in response.headers
    return response.status_code == 204 and bare
