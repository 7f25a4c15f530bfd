"""Images that were sent: looked at by their content, bounded, upright, in RGB."""

from typing import BinaryIO

from app.ai.custom_models.port import ImageQuestion
from app.ai.custom_models.port import Unusable

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
LONGEST_SIDE = 1333
"""Models look at no more; what waits in a queue takes no more memory than it has to."""


def read_image(file: BinaryIO, most_pixels: int) -> ImageQuestion:
    """The image of a file, whatever it is called. Blocks: call it in a thread.

    Raises:
        Unusable: it is none, damaged, or has too many pixels.
    """
    from PIL import Image
    from PIL import ImageOps

    bomb = Unusable(f"The image has more than {most_pixels} pixels; send a smaller one.")
    try:
        with Image.open(file, formats=FORMATS) as image:
            if image.width * image.height > most_pixels:
                raise bomb
            sent = image.size
            image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # decodes a JPEG smaller, if it can
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise bomb from None
    except Unusable:
        raise
    except Exception as error:  # decoders raise whatever they like over what somebody made up
        raise Unusable(f"This is no image, or a damaged one; send {', '.join(FORMATS)}.") from error
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return ImageQuestion(upright, max(upright.size) / max(sent))
