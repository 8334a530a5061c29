//! The types of questions: every spelling that XLSForm knows.

/// What a question is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Words.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Decimal,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// Both.
    DateTime,
    /// A place.
    Geopoint,
    /// A line.
    Geotrace,
    /// A closed line.
    Geoshape,
    /// A code to be scanned.
    Barcode,
    /// Words to be read, nothing to answer.
    Note,
    /// «I have read this».
    Acknowledge,
    /// A number on a scale.
    Range,
    /// One choice.
    SelectOne(Source),
    /// Any number of choices.
    SelectMultiple(Source),
    /// Choices in an order.
    Rank(Source),
    /// A photo.
    Image,
    /// A recording.
    Audio,
    /// A film.
    Video,
    /// Any file.
    File,
    /// Nobody sees it: a formula.
    Calculate,
    /// Nobody sees it: a place for a value.
    Hidden,
    /// Nobody sees it: the device fills it in (`start`, `deviceid`, …).
    Metadata(String),
    /// Nobody sees it: a table that comes with the form.
    ExternalTable,
    /// What the device records besides the answers: `audit`, `background-audio`, `start-geopoint`, `background-geopoint`.
    Background(String),
    /// Objects of `OpenStreetMap`.
    OpenStreetMap,
}

/// Where choices come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The list, the file or the question they come from, as it is written.
    pub list: String,
    /// From where.
    pub from: From,
    /// Whether «other» was asked for.
    pub or_other: bool,
}

/// From where choices come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// The sheet «choices».
    Choices,
    /// The sheet «`external_choices`».
    ExternalChoices,
    /// A file.
    File,
    /// Earlier answers: `${question}`.
    Answers,
}

/// Files that hold choices.
pub(super) const FILES: [&str; 3] = [".xml", ".csv", ".geojson"];

impl Kind {
    /// Whether the person sees it, so that it needs something to read.
    pub fn is_shown(&self) -> bool {
        !matches!(self, Self::Calculate | Self::Hidden | Self::Metadata(_) | Self::ExternalTable | Self::Background(_))
    }

    /// The type of a spelling that names no list.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "text" | "string" | "q string" | "add text prompt" | "phone number" => Self::Text,
            "integer"
            | "int"
            | "q int"
            | "add integer prompt"
            | "percentage"
            | "number of days in last month"
            | "number of days in last six months"
            | "number of days in last year" => Self::Integer,
            "decimal" | "q decimal" | "add decimal prompt" => Self::Decimal,
            "date" | "q date" | "add date prompt" => Self::Date,
            "time" => Self::Time,
            "dateTime"
            | "datetime"
            | "date time"
            | "q dateTime"
            | "q date time"
            | "add dateTime prompt"
            | "add date time prompt" => Self::DateTime,
            "geopoint" | "gps" | "location" | "q geopoint" | "q location" | "add location prompt" => Self::Geopoint,
            "geotrace" | "q geotrace" => Self::Geotrace,
            "geoshape" | "q geoshape" => Self::Geoshape,
            "barcode" | "q barcode" | "add barcode prompt" => Self::Barcode,
            "note" | "q note" | "add note prompt" => Self::Note,
            "acknowledge" | "q acknowledge" | "add acknowledge prompt" | "trigger" => Self::Acknowledge,
            "range" => Self::Range,
            "image" | "photo" | "q image" | "q picture" | "add image prompt" | "add photo prompt" => Self::Image,
            "audio" | "q audio" | "add audio prompt" => Self::Audio,
            "video" | "q video" | "add video prompt" => Self::Video,
            "file" | "add file prompt" => Self::File,
            "calculate" | "q calculate" | "add calculate prompt" => Self::Calculate,
            "hidden" => Self::Hidden,
            "start" | "start time" | "get start time" => Self::Metadata("start".to_owned()),
            "end" | "end time" | "get end time" => Self::Metadata("end".to_owned()),
            "today" | "get today" => Self::Metadata("today".to_owned()),
            "deviceid" | "device id" | "get device id" | "imei" => Self::Metadata("deviceid".to_owned()),
            "phonenumber" | "get phone number" => Self::Metadata("phonenumber".to_owned()),
            "simserial" | "sim id" | "get sim id" => Self::Metadata("simserial".to_owned()),
            "subscriberid" | "subscriber id" | "get subscriber id" => Self::Metadata("subscriberid".to_owned()),
            "username" | "email" | "uri:subscriberid" | "uri:phonenumber" | "uri:simserial" | "uri:deviceid"
            | "uri:username" | "uri:email" => Self::Metadata(name.to_owned()),
            "csv-external" | "xml-external" => Self::ExternalTable,
            "audit" | "background-audio" | "start-geopoint" | "background-geopoint" => {
                Self::Background(name.to_owned())
            }
            "osm" => Self::OpenStreetMap,
            _ if name.strip_prefix("osm ").is_some_and(|list| !list.is_empty()) => Self::OpenStreetMap,
            _ => return None,
        })
    }

    /// The type of a spelling that names a list: `select_one colours or_other`.
    pub(super) fn select(text: &str) -> Option<Self> {
        const ONE: &[&str] = &[
            "add select one prompt using",
            "select one from file",
            "select_one_from_file",
            "select_one_external",
            "select one from",
            "select_one",
            "select one",
            "select1",
        ];
        const MANY: &[&str] = &[
            "add select multiple prompt using",
            "select multiple from file",
            "select_multiple_from_file",
            "select all that apply from",
            "select all that apply",
            "select_multiple",
        ];
        let pick = |commands: &[&str]| {
            commands.iter().find_map(|command| {
                let rest = text.strip_prefix(command)?.strip_prefix(' ')?;
                source(command, rest)
            })
        };
        pick(ONE)
            .map(Self::SelectOne)
            .or_else(|| pick(MANY).map(Self::SelectMultiple))
            .or_else(|| pick(&["rank"]).map(Self::Rank))
    }

    /// Its choices' source.
    pub fn source(&self) -> Option<&Source> {
        match self {
            Self::SelectOne(source) | Self::SelectMultiple(source) | Self::Rank(source) => Some(source),
            _ => None,
        }
    }
}

fn source(command: &str, rest: &str) -> Option<Source> {
    let (list, or_other) = ["or specify other", "or_other", "or other"]
        .iter()
        .find_map(|other| rest.strip_suffix(other)?.strip_suffix(' ').map(|list| (list, true)))
        .unwrap_or((rest, false));
    if list.is_empty() || list.contains(char::is_whitespace) {
        return None;
    }
    let from = if command == "select_one_external" {
        From::ExternalChoices
    } else if command.ends_with("file") || FILES.iter().any(|extension| list.ends_with(extension)) {
        From::File
    } else if list.contains("${") {
        From::Answers
    } else {
        From::Choices
    };
    Some(Source { list: list.to_owned(), from, or_other })
}
