"""Signing in from a browser: the token becomes a cookie that scripts cannot read and other sites cannot send."""

from litestar import Response, delete, post
from litestar.datastructures import Cookie
from litestar.params import JSONBody
from msgspec import Struct

from playhead.api.context import AnyRequest, context_of
from playhead.api.guards import TOKEN_COOKIE, same_text
from playhead.api.problems import ProblemError

COOKIE_AGE_S = 30 * 86_400


class SignIn(Struct, frozen=True, forbid_unknown_fields=True):
    """The access token, as `playhead serve` was configured with it."""

    token: str


@post("/sign-in", status_code=204, tags=["access"], summary="Keep the access token in a cookie", sync_to_thread=False)
def sign_in(request: AnyRequest, data: JSONBody[SignIn]) -> Response[None]:
    """204 with a cookie for this browser; 401 if it is not the token. A console without a token takes any."""
    token = context_of(request).token
    if token is not None and not same_text(data.token, token):
        raise ProblemError(401, "This is not the console's access token.")
    return Response(None, cookies=[_cookie(request, token or "", COOKIE_AGE_S)])


@delete("/sign-in", status_code=204, tags=["access"], summary="Forget the cookie", sync_to_thread=False)
def sign_out(request: AnyRequest) -> Response[None]:
    """204; the cookie is gone from this browser."""
    return Response(None, cookies=[_cookie(request, "", 0)])


def _cookie(request: AnyRequest, value: str, age_s: int) -> Cookie:
    secure = request.scope["scheme"] == "https"
    return Cookie(TOKEN_COOKIE, value=value, max_age=age_s, path="/", httponly=True, samesite="strict", secure=secure)


ACCESS_ROUTES = (sign_in, sign_out)
