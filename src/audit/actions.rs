//! Every action that is entered, in one place: what is asked for is held against it, and
//! so are the program ([`super::record`]) and `docs/audit.md`.

/// All of them, `<what>.<verb>`, in the order of the documentation.
pub const ACTIONS: &[&str] = &[
    "user.create",
    "user.update",
    "user.delete",
    "user.login",
    "user.login_failed",
    "user.logout",
    "key.create",
    "key.delete",
    "token.create",
    "token.delete",
    "stakeholder.create",
    "stakeholder.rename",
    "stakeholder.delete",
    "credential.issue",
    "credential.revoke",
    "credential.expire",
    "guards.replace",
    "claims.replace",
    "notifications.replace",
    "notifications.pause",
    "notifications.resume",
    "notifications.replay",
    "notifications.rotate",
    "notifications.test",
    "dead_letter.replay",
    "dead_letter.skip",
    "backfill.create",
    "backfill.cancel",
    "gate.enable",
    "gate.disable",
    "control_plane.rotate_password",
    "registry.upgrade",
    "migration.validated",
    "migration.synced",
    "migration.overridden",
    "migration.refused",
    "migration.refusals_counted",
];

/// Reads an action, or all of a kind (`claims`), as a filter names them.
pub(super) fn known(text: &str) -> Result<String, String> {
    let kind = |action: &'static str| action.split('.').next();
    if ACTIONS.iter().any(|action| *action == text || kind(action) == Some(text)) {
        return Ok(text.to_owned());
    }
    Err(format!("is no action and no kind of them; there are {}", ACTIONS.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_or_a_kind_of_them_is_known_and_a_slip_of_the_pen_is_not() {
        for asked in ["claims.replace", "claims", "control_plane"] {
            assert_eq!(known(asked).as_deref(), Ok(asked));
        }
        for wrong in ["claim.replace", "claim", "claims.", "replace"] {
            let why = known(wrong).unwrap_err();
            assert!(why.contains("claims.replace"), "{why}");
        }
    }
}
