"""Tokens: forgeries of a JWT by one who has seen a good one and does not know the secret."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

from contract_tests.forging.forgery import Forgery, Good, Shown, bearer, header
from contract_tests.forging.jws import Token, encoded

#: Of two Base64 characters that differ in their unused bits alone, the next one.
_NEXT = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
    "BADCFEHGJILKNMPORQTSVUXWZYbadcfehgjilknmporqtsvuxwzy1032547698_-",
)
_LONG = 6000


def _of(make: Callable[[Token], object]) -> Callable[[Good], Shown]:
    """A forgery of the three parts."""
    return lambda good: bearer(str(make(Token.of(good.secret))))


def _text(make: Callable[[str], str | bytes]) -> Callable[[Good], Shown]:
    """A forgery of the token's spelling."""
    return lambda good: bearer(make(good.secret))


def _unsigned(algorithm: str) -> Callable[[Good], Shown]:
    return _of(lambda token: token.headed(alg=algorithm)._replace(signature=""))


def _claiming(algorithm: str) -> Callable[[Good], Shown]:
    return _of(lambda token: token.headed(alg=algorithm))


def _signed(secret: str) -> Callable[[Good], Shown]:
    return _of(lambda token: token.signed(secret))


def _by_word(word: str) -> Callable[[Good], Shown]:
    return lambda good: header("Authorization", word + good.secret)


def _self_made(token: Token) -> Token:
    """Signed with a key that the token itself brings along."""
    key = b"a key of the forger's own, long enough for HS256"
    return token.headed(jwk={"kty": "oct", "k": encoded(key), "alg": "HS256"}).signed(key)


def _without_key(token: Token) -> Token:
    """A digest that takes no key, where the signature belongs."""
    return token._replace(signature=encoded(hashlib.sha256(f"{token.head}.{token.payload}".encode()).digest()))


def _in_json(token: Token) -> str:
    """The other serialization of RFC 7515 (7.2)."""
    return f'{{"payload":"{token.payload}","protected":"{token.head}","signature":"{token.signature}"}}'


_UNSIGNED = ("none", "None", "NONE", "nOnE", "")
#: What laws have tried already where the forger knows the secret.
ALGORITHMS = (
    *(Forgery(f"alg {name!r}, no signature", _unsigned(name)) for name in _UNSIGNED),
    *(
        Forgery(f"alg {name!r}, the old signature", _claiming(name))
        for name in ("RS256", "ES256", "PS256", "HS384", "HS512", "hs256", "EdDSA")
    ),
    Forgery("no signature", _of(lambda token: token._replace(signature=""))),
    Forgery("claims of a later end", _of(lambda token: token.said(exp=token.claims["exp"] + 86_400))),
)
HEADERS = (
    Forgery("alg none, the old signature", _of(lambda token: token.headed(alg="none"))),
    Forgery("alg with a blank", _of(lambda token: token.headed(alg="HS256 "))),
    Forgery("alg as a list", _of(lambda token: token.headed(alg=["HS256"]))),
    Forgery("no alg", _of(lambda token: token.headed(alg=None))),
    Forgery("alg twice", _of(lambda token: token._replace(head=encoded('{"alg":"HS256","alg":"none"}'), signature=""))),
    Forgery("kid that climbs", _of(lambda token: token.headed(kid="../../../../dev/null").signed(b""))),
    Forgery("kid that selects", _of(lambda token: token.headed(kid="x' UNION SELECT 'secret' -- ").signed("secret"))),
    Forgery("kid that is an address", _of(lambda token: token.headed(kid="http://127.0.0.1:9/key").signed("secret"))),
    Forgery("kid of another key", _of(lambda token: token.headed(kid="portal-of-nobody").signed("portal-of-nobody"))),
    Forgery("kid as an object", _of(lambda token: token.headed(kid={"$ne": ""}).signed("secret"))),
    Forgery("jku", _of(lambda token: token.headed(jku="http://127.0.0.1:9/jwks.json").signed("secret"))),
    Forgery("x5u", _of(lambda token: token.headed(x5u="http://127.0.0.1:9/cert.pem").signed("secret"))),
    Forgery("a key of its own", _of(_self_made)),
    Forgery("unknown crit", _of(lambda token: token.headed(crit=["exp"]))),
    Forgery("b64 false", _of(lambda token: token.headed(b64=False, crit=["b64"]))),
    Forgery("typ JWE", _of(lambda token: token.headed(typ="JWE", enc="A128GCM"))),
    Forgery("a header that is a list", _of(lambda token: token._replace(head=encoded("[]")))),
    Forgery("a header that is no JSON", _of(lambda token: token._replace(head=encoded(b"\xff\xfe{}")))),
)
SIGNATURES = (
    *(
        Forgery(f"signed with {name}", _signed(key))
        for name, key in {"nothing": "", "a common word": "secret", "another one": "changeme", "the payload": "{}"}.items()
    ),
    Forgery("signature stripped with its dot", _of(lambda token: f"{token.head}.{token.payload}")),
    Forgery("signature without its last character", _of(lambda token: token._replace(signature=token.signature[:-1]))),
    Forgery("half a signature", _of(lambda token: token._replace(signature=token.signature[:21]))),
    Forgery("signature with a character more", _of(lambda token: token._replace(signature=token.signature + "A"))),
    Forgery("signature with other unused bits", _of(lambda token: token._replace(signature=_loose(token.signature)))),
    Forgery("signature backwards", _of(lambda token: token._replace(signature=token.signature[::-1]))),
    Forgery("signature in the other case", _of(lambda token: token._replace(signature=token.signature.swapcase()))),
    Forgery("signature of zeros", _of(lambda token: token._replace(signature=encoded(bytes(32))))),
    Forgery("a digest for a signature", _of(_without_key)),
    Forgery(
        "signature of a stranger's token",
        lambda good: bearer(str(Token.of(good.secret)._replace(signature=Token.of(good.stranger["jwt"]).signature))),
    ),
    Forgery(
        "a stranger's claims",
        lambda good: bearer(str(Token.of(good.secret)._replace(payload=Token.of(good.stranger["jwt"]).payload))),
    ),
)
PAYLOADS = (
    Forgery("claims twice", _of(lambda token: token._replace(payload=encoded('{"exp":1,"exp":4102444800}')))),
    Forgery("claims as a list", _of(lambda token: token._replace(payload=encoded("[]")))),
    Forgery("claims null", _of(lambda token: token._replace(payload=encoded("null")))),
    Forgery("claims that are no JSON", _of(lambda token: token._replace(payload=encoded(b"\x00\xff")))),
    Forgery("no claims at all", _of(lambda token: token._replace(payload=""))),
    Forgery("an administrator", _of(lambda token: token.said(role="admin", admin=True))),
)
SPELLINGS = (
    Forgery("padding", _text(lambda text: text + "=")),
    Forgery("padded parts", _of(lambda token: ".".join(part + "=" * (-len(part) % 4) for part in token))),
    Forgery("the other alphabet", _of(lambda token: token._replace(signature=_standard(token.signature)))),
    Forgery("a blank within", _of(lambda token: f"{token.head}. {token.payload}.{token.signature}")),
    Forgery("a tab within", _of(lambda token: f"{token.head}.\t{token.payload}.{token.signature}")),
    Forgery("quotation marks", _text(lambda text: f'"{text}"')),
    Forgery("dots as %2E", _text(lambda text: text.replace(".", "%2E"))),
    Forgery("%00 at its end", _text(lambda text: text + "%00")),
    Forgery("a line break as %0A", _text(lambda text: text + "%0a")),
    Forgery("a dot that is none", _text(lambda text: text.replace(".", "\u3002").encode())),
    Forgery("a letter that is another", _text(lambda text: text.replace("e", "\u0435", 1).encode())),
    Forgery("one part", _of(lambda token: token.head)),
    Forgery("four parts", _text(lambda text: text + ".")),
    Forgery("five parts, as encrypted ones have", _of(lambda token: f"{token.head}.{token.payload}.AA.AA.{token.signature}")),
    Forgery("empty parts", _text(lambda text: "..")),
    Forgery("a dot before it", _text(lambda text: "." + text)),
    Forgery("JSON", _of(_in_json)),
    Forgery("it twice", _text(lambda text: f"{text} {text}")),
    Forgery("very long", _text(lambda text: text + "A" * _LONG)),
)
PLACES = (
    Forgery("no scheme", lambda good: header("Authorization", good.secret)),
    Forgery("the scheme alone", lambda good: header("Authorization", "Bearer")),
    *(
        Forgery(f"the scheme {word}", _by_word(word))
        for word in ("Basic ", "Token ", "JWT ", "Bearer:", "Bearer=", "Bearer\t", "Bearer, ")
    ),
    Forgery("as a password", lambda good: header("Authorization", "Basic " + _basic(good.secret))),
    Forgery("a good and a bad one", lambda good: header("Authorization", f"Bearer {good.secret}", "Bearer x")),
    Forgery("a bad and a good one", lambda good: header("Authorization", "Bearer x", f"Bearer {good.secret}")),
    Forgery("two in one field", lambda good: header("Authorization", f"Bearer {good.secret}, Bearer {good.secret}")),
    Forgery("in the query", lambda good: Shown(query=(("access_token", good.secret), ("token", good.secret)))),
    Forgery("in a cookie", lambda good: Shown(cookies={"token": good.secret, "Authorization": f"Bearer {good.secret}"})),
    Forgery("in another header", lambda good: header("X-Access-Token", good.secret)),
    Forgery("in the proxy's header", lambda good: header("Proxy-Authorization", f"Bearer {good.secret}")),
)
WITHOUT_SECRET = (*HEADERS, *SIGNATURES, *PAYLOADS, *SPELLINGS, *PLACES)


def _loose(signature: str) -> str:
    return signature[:-1] + signature[-1].translate(_NEXT)


def _standard(signature: str) -> str:
    """A spelling that only the standard alphabet has, of the same bytes if there are any that differ."""
    spelled = signature.replace("-", "+").replace("_", "/")
    return spelled if spelled != signature else "+" + signature[1:]


def _basic(secret: str) -> str:
    return base64.b64encode(f"token:{secret}".encode()).decode()
