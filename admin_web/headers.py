"""What every answer says to the browser about what it may do. No page may run or load anything but our own files."""

from flask import Response, request

from admin_web.staff import is_https

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
)
_ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}


def secure(response: Response) -> Response:
    response.headers.update(_ALWAYS)
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if is_https():
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.endpoint != "static":
        # Names and places of the day: no proxy and no shared computer's back button may keep them.
        response.headers.setdefault("Cache-Control", "no-store")
    return response
