"""The certificate that the webhook serves, read again whenever its files change."""

import asyncio
import logging
import ssl
from pathlib import Path

_log = logging.getLogger(__name__)
_PERIOD_SECONDS = 2


class ServingCertificate:
    """`tls.crt` and `tls.key` of `directory`, as the Secret is mounted there; it may still be empty at first."""

    def __init__(self, directory: Path) -> None:
        self._files = (directory / "tls.crt", directory / "tls.key")
        self._seen: tuple[bytes, ...] = ()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        """For the server. Each new connection gets the certificate that is loaded then."""
        self.loaded = False

    async def keep_fresh(self) -> None:
        """Load every new certificate, for ever."""
        while True:
            self.refresh()
            await asyncio.sleep(_PERIOD_SECONDS)

    def refresh(self) -> None:
        """Load the certificate if its files have changed. One that cannot be used leaves the one before in place."""
        try:
            content = tuple(path.read_bytes() for path in self._files)
        except OSError as error:
            if not self.loaded:
                _log.info("no certificate yet: %s", error)
            return
        if content == self._seen:
            return
        self._seen = content
        try:
            # Tried elsewhere first: a key that does not fit would spoil the certificate that is being served.
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*self._files)
            self.context.load_cert_chain(*self._files)
        except OSError as error:  # an ssl.SSLError is one
            _log.error("the certificate in %s cannot be used: %s", self._files[0].parent, error)
            return
        self.loaded = True
        _log.info("serving the certificate in %s", self._files[0].parent)
