//! The functions of XPath 1.0 (section 4) and of the ODK XForms specification.
//!
//! Invariant: one table names every function and how many arguments it takes; a call that the table does not allow is an
//! error when it is reached, and [`check`] finds it before.

mod chance;
mod choice;
mod geography;
mod nodes;
mod number;
mod text;
mod time;

use super::evaluate::{Evaluation, EvaluationError, Focus};
use super::syntax::Call;
use super::tree::NodeId;
use super::value::Value;

/// As many arguments as one likes.
const ANY: usize = usize::MAX;

macro_rules! functions {
    ($($name:literal $variant:ident $least:literal $most:expr;)*) => {
        /// A function of the language.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(in super::super) enum Function { $($variant),* }

        impl Function {
            /// The function of a name.
            pub(in super::super) fn named(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }

            /// The fewest and the most arguments it takes.
            fn arguments(self) -> (usize, usize) {
                match self { $(Self::$variant => ($least, $most)),* }
            }
        }
    };
}

functions! {
    // XPath 1.0, 4.1
    "last" Last 0 0;
    "position" Position 0 1;
    "count" Count 1 1;
    "id" Id 1 1;
    "local-name" LocalName 0 1;
    "namespace-uri" NamespaceUri 0 1;
    "name" Name 0 1;
    // XPath 1.0, 4.2
    "string" String 0 1;
    "concat" Concat 0 ANY;
    "starts-with" StartsWith 2 2;
    "contains" Contains 2 2;
    "substring-before" SubstringBefore 2 2;
    "substring-after" SubstringAfter 2 2;
    "substring" Substring 2 3;
    "string-length" StringLength 0 1;
    "normalize-space" NormalizeSpace 0 1;
    "translate" Translate 3 3;
    // XPath 1.0, 4.3
    "boolean" Boolean 1 1;
    "not" Not 1 1;
    "true" True 0 0;
    "false" False 0 0;
    "lang" Lang 1 1;
    // XPath 1.0, 4.4
    "number" Number 0 1;
    "sum" Sum 1 1;
    "floor" Floor 1 1;
    "ceiling" Ceiling 1 1;
    "round" Round 1 2;
    // ODK XForms: control flow and form
    "if" If 3 3;
    "coalesce" Coalesce 2 ANY;
    "once" Once 1 1;
    "current" Current 0 0;
    "instance" Instance 1 1;
    "pulldata" Pulldata 4 4;
    "indexed-repeat" IndexedRepeat 3 ANY;
    "count-non-empty" CountNonEmpty 1 1;
    "property" Property 1 1;
    "version" Version 0 0;
    // choices
    "selected" Selected 2 2;
    "selected-at" SelectedAt 2 2;
    "count-selected" CountSelected 1 1;
    "jr:choice-name" ChoiceName 2 2;
    "jr:itext" Itext 1 1;
    "checklist" Checklist 2 ANY;
    "weighted-checklist" WeightedChecklist 2 ANY;
    "boolean-from-string" BooleanFromString 1 1;
    // text
    "ends-with" EndsWith 2 2;
    "join" Join 1 ANY;
    "substr" Substr 2 3;
    "regex" Regex 2 2;
    "digest" Digest 2 3;
    "base64-decode" Base64Decode 1 1;
    // numbers
    "min" Min 0 ANY;
    "max" Max 0 ANY;
    "int" Int 1 1;
    "pow" Pow 2 2;
    "abs" Abs 1 1;
    "sqrt" Sqrt 1 1;
    "exp" Exp 1 1;
    "exp10" Exp10 1 1;
    "log" Log 1 1;
    "log10" Log10 1 1;
    "sin" Sin 1 1;
    "cos" Cos 1 1;
    "tan" Tan 1 1;
    "asin" Asin 1 1;
    "acos" Acos 1 1;
    "atan" Atan 1 1;
    "atan2" Atan2 2 2;
    "pi" Pi 0 0;
    // chance
    "random" Random 0 0;
    "randomize" Randomize 1 2;
    "uuid" Uuid 0 1;
    // time
    "today" Today 0 0;
    "now" Now 0 0;
    "date" Date 1 1;
    "date-time" DateTime 1 1;
    "decimal-date-time" DecimalDateTime 1 1;
    "decimal-time" DecimalTime 1 1;
    "format-date" FormatDate 2 2;
    "format-date-time" FormatDateTime 2 2;
    // geography
    "area" Area 1 1;
    "distance" Distance 1 ANY;
    "geofence" Geofence 2 2;
}

/// Whether the language knows the function and this number of arguments.
pub(super) fn check(call: &Call) -> Result<Function, EvaluationError> {
    let function = call.function.ok_or_else(|| EvaluationError::UnknownFunction(call.name.clone()))?;
    let (least, most) = function.arguments();
    let given = call.arguments.len();
    if given < least || given > most {
        return Err(EvaluationError::ArgumentCount { function: call.name.clone(), given });
    }
    Ok(function)
}

/// Calls a function.
pub(super) fn call(evaluation: &mut Evaluation<'_>, call: &Call, focus: Focus) -> Result<Value, EvaluationError> {
    use Function as F;
    let function = check(call)?;
    match function {
        F::If => {
            let holds = evaluation.value(&call.arguments[0], focus)?.to_boolean();
            return evaluation.value(&call.arguments[if holds { 1 } else { 2 }], focus);
        }
        F::Coalesce => {
            for argument in &call.arguments {
                let value = evaluation.value(argument, focus)?;
                let text = evaluation.text_of(&value);
                // What is no number is nothing to go by, either.
                if !text.is_empty() && !matches!(value, Value::Number(number) if number.is_nan()) {
                    return Ok(Value::Text(text));
                }
            }
            return Ok(Value::Text(String::new()));
        }
        F::Once => {
            let there = evaluation.tree().text(focus.node);
            if !there.is_empty() {
                return Ok(Value::Text(there));
            }
            // As it is: a text «NaN» would stay for ever.
            return evaluation.value(&call.arguments[0], focus);
        }
        _ => {}
    }
    let values =
        call.arguments.iter().map(|argument| evaluation.value(argument, focus)).collect::<Result<Vec<_>, _>>()?;
    let mut given = Given { evaluation, name: &call.name, values, focus };
    match function {
        F::Last
        | F::Position
        | F::Count
        | F::Id
        | F::LocalName
        | F::NamespaceUri
        | F::Name
        | F::Lang
        | F::Current
        | F::Instance
        | F::Pulldata
        | F::IndexedRepeat
        | F::CountNonEmpty => nodes::call(function, &mut given),
        F::String
        | F::Concat
        | F::StartsWith
        | F::EndsWith
        | F::Contains
        | F::SubstringBefore
        | F::SubstringAfter
        | F::Substring
        | F::Substr
        | F::StringLength
        | F::NormalizeSpace
        | F::Translate
        | F::Join
        | F::Regex
        | F::Digest
        | F::Base64Decode => text::call(function, &mut given),
        F::Selected
        | F::SelectedAt
        | F::CountSelected
        | F::ChoiceName
        | F::Itext
        | F::Checklist
        | F::WeightedChecklist
        | F::BooleanFromString
        | F::Boolean
        | F::Not
        | F::True
        | F::False
        | F::Property
        | F::Version => Ok(choice::call(function, &given)),
        F::Today
        | F::Now
        | F::Date
        | F::DateTime
        | F::DecimalDateTime
        | F::DecimalTime
        | F::FormatDate
        | F::FormatDateTime => time::call(function, &given),
        F::Area | F::Distance | F::Geofence => Ok(geography::call(function, &given)),
        F::Random | F::Randomize | F::Uuid => chance::call(function, &given),
        _ => number::call(function, &mut given),
    }
}

/// A call's arguments, evaluated, and what they are read with.
struct Given<'a, 'e> {
    evaluation: &'a mut Evaluation<'e>,
    name: &'a str,
    values: Vec<Value>,
    focus: Focus,
}

impl Given<'_, '_> {
    fn len(&self) -> usize {
        self.values.len()
    }

    /// An argument's text; the context node's if there is no argument at all.
    fn text(&self, at: usize) -> String {
        match self.values.get(at) {
            Some(value) => self.evaluation.text_of(value),
            None => self.evaluation.tree().text(self.focus.node),
        }
    }

    fn number(&self, at: usize) -> f64 {
        match self.values.get(at) {
            Some(value) => self.evaluation.number_of(value),
            None => self.evaluation.number_of(&Value::Nodes(vec![self.focus.node])),
        }
    }

    fn nodes(&self, at: usize) -> Result<&[NodeId], EvaluationError> {
        match self.values.get(at) {
            Some(Value::Nodes(nodes)) => Ok(nodes),
            _ => Err(EvaluationError::NodesNeeded(self.name.to_owned())),
        }
    }

    /// Arguments from a place on, nodes one by one.
    fn spread(&self, from: usize) -> Vec<Value> {
        let mut single = Vec::new();
        for value in self.values.iter().skip(from) {
            match value {
                Value::Nodes(nodes) => single.extend(nodes.iter().map(|node| Value::Nodes(vec![*node]))),
                other => single.push(other.clone()),
            }
        }
        single
    }

    fn wrong(&self, reason: impl Into<String>) -> EvaluationError {
        EvaluationError::Argument { function: self.name.to_owned(), reason: reason.into() }
    }
}
