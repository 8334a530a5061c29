//! Formulas of a form: whether the app can evaluate them, and evaluates the same in ten years.

use crate::checklist::expression::{Expression, ReferenceStep};
use crate::checklist::xlsform::{Entry, Fault, Finding, mentions, replaced};

/// Functions that say something else each time, or read what a checklist has not.
const NOT_HERE: [&str; 9] =
    ["random", "uuid", "once", "randomize", "pulldata", "indexed-repeat", "jr:itext", "property", "version"];

/// What stands for an answer while paths are looked for.
const STANDS_FOR: &str = "answer-of";

/// Takes a formula over, or says what is wrong with it.
pub(super) fn formula(entry: &Entry, words: &[&str], findings: &mut Vec<Finding>) -> Option<String> {
    let text = entry.text(words)?;
    let mut refuse = |fault| findings.push(Finding { place: entry.place(words), fault });
    let mentions = mentions(text)?;
    if mentions.iter().any(|mention| mention.last_saved) {
        refuse(Fault::NotShown { what: "${last-saved#…}".to_owned() });
        return None;
    }
    let Ok(expression) = Expression::parse(&replaced(text, &mentions, |_| format!("/{STANDS_FOR}"))) else {
        refuse(Fault::PathInRule);
        return None;
    };
    let calls = expression.calls();
    if let Some(call) = calls.iter().find(|call| NOT_HERE.contains(&call.as_str())) {
        refuse(Fault::NotShown { what: format!("{call}()") });
        return None;
    }
    let fits = |steps: &[ReferenceStep], absolute: bool| match steps {
        [] => !absolute,
        [ReferenceStep::Child(name)] => absolute && name == STANDS_FOR,
        _ => false,
    };
    let references = expression.references();
    if references.iter().any(|reference| reference.instance.is_some() || !fits(&reference.steps, reference.absolute)) {
        refuse(Fault::PathInRule);
        return None;
    }
    Some(text.to_owned())
}

/// The limits that a constraint says and nothing else: `. >= 0 and . <= 20`.
pub(super) fn limits_of(constraint: &str) -> Option<(Option<f64>, Option<f64>)> {
    let (mut min, mut max) = (None, None);
    for part in constraint.split(" and ") {
        let rest = part.trim().strip_prefix('.')?.trim_start();
        let (limit, number) = match rest.get(..2)? {
            ">=" => (&mut min, &rest[2..]),
            "<=" => (&mut max, &rest[2..]),
            _ => return None,
        };
        let number = number.trim().parse::<f64>().ok().filter(|number| number.is_finite())?;
        if limit.replace(number).is_some() {
            return None;
        }
    }
    Some((min, max))
}
