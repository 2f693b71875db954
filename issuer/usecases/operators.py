"""Named operators: who they are, by a bearer token that is stored only as a keyed hash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from issuer.usecases import auditing
from issuer.usecases.recording import BY_RULES
from issuer.usecases.records import Operator, Role

if TYPE_CHECKING:
    from collections.abc import Collection

    from issuer.usecases.environment import Environment


NAME_PATTERN: Final = r"^[a-z][a-z0-9.-]{1,62}$"
"""How an operator may be called: it stands in the audit table and in addresses."""

# Whoever had one of these names would act as the person, the rules or the machine itself.
_NOT_NAMES: Final = frozenset({auditing.PERSON, auditing.SYSTEM, BY_RULES})


class OperatorAccounts:
    """Adds, finds and disables operators."""

    def __init__(self, env: Environment) -> None:
        self._env = env

    def add(self, name: str, roles: Collection[Role], *, by: str) -> str:
        """Add an operator; gives the token, which is stored nowhere.

        Raises:
            Refused: ``operator.exists``, also for a name under which the audit table knows others.
        """
        if name in _NOT_NAMES:
            raise Refused("operator.exists", "name")
        token = self._env.secret()
        operator = Operator(self._env.new_id(), name, frozenset(roles))
        with self._env.store.writing() as tx:
            tx.operators.add(operator, self._env.sealer.lookup("operator", token), self._env.now())
            detail = " ".join(sorted(operator.roles))
            auditing.record(tx, self._env, actor=by, act="operator.add", subject=operator.name, detail=detail)
        return token

    def authenticate(self, token: str) -> Operator:
        """The operator behind a token.

        Raises:
            Refused: ``operator.token``.
        """
        with self._env.store.reading() as tx:
            operator = tx.operators.by_token(self._env.sealer.lookup("operator", token))
        if operator is None:
            raise Refused("operator.token")
        return operator

    def all(self) -> tuple[Operator, ...]:
        """All operators, by name."""
        with self._env.store.reading() as tx:
            return tx.operators.all()

    def disable(self, name: str, *, by: str) -> None:
        """Take an operator's token out of force.

        Raises:
            Refused: ``operator.unknown``.
        """
        with self._env.store.writing() as tx:
            if not tx.operators.disable(name, self._env.now()):
                raise Refused("operator.unknown", "name")
            auditing.record(tx, self._env, actor=by, act="operator.disable", subject=name)


def allow(operator: Operator, role: Role) -> None:
    """Let an operator pass who has the role.

    Raises:
        Refused: ``operator.role``.
    """
    if role not in operator.roles:
        raise Refused("operator.role", role)
