"""Permissions on cases and the rulebook."""

from accounts.models import Role
from accounts.rules import grant, has_any_role, holds
from patients.rules import may_write, of_own_centre

grant("decisions.stage_case", may_write)
grant("decisions.import_cases", holds(Role.COORDINATOR, Role.CHAIR) & of_own_centre)
grant("decisions.view_rulebook", has_any_role)
grant("decisions.draft_rulebook", holds(Role.RULE_ADMIN))
grant("decisions.approve_rulebook", holds(Role.APPROVER))
