//! The public page behind the code on a printed record. No script, no session: it opens on any phone that reads a QR code.

use std::fmt::Write as _;

use ancu_shared::error::ErrorCode;
use ancu_shared::record::attendance::AttendeeRole;
use ancu_shared::record::names::codes;
use ancu_shared::record::proof::{Proof, ProofError};
use ancu_shared::view::{InspectionState, InspectionView};
use axum::extract::{Path, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::problem::Answer;
use super::routes::{Access, Routes};
use crate::service::check::{self, Asked, Standing};
use crate::service::{App, Outcome};

/// `/kiem-tra/{code}`
pub fn routes(app: &App) -> Routes {
    Routes::new(app).route(Method::GET, "/kiem-tra/{code}", Access::Public, page)
}

async fn page(
    State(app): State<App>,
    path: Result<Path<String>, axum::extract::rejection::PathRejection>,
) -> Answer<Response> {
    let code = path.map(|Path(code)| code).unwrap_or_default();
    let proof = match Proof::from_code(&code) {
        Ok(proof) => proof,
        Err(error) => return Ok(refused(error)),
    };
    let service = std::sync::Arc::clone(&app);
    let asked: Outcome<Asked> =
        app.store.read(move |transaction| Ok(check::look_up(&service, transaction, &proof)?)).await;
    Ok(told(&asked?))
}

/// How a page looks: trusted, to be asked again, not to be trusted.
#[derive(Clone, Copy)]
enum Tone {
    Right,
    Open,
    Wrong,
}

fn told(asked: &Asked) -> Response {
    match &asked.standing {
        Standing::Here(view) => shown(
            StatusCode::OK,
            Tone::Right,
            ["Biên bản có thật", "This record is genuine"],
            [
                "Chữ ký đúng và máy chủ của thành phố giữ biên bản này. Hãy so các dòng dưới đây với bản giấy.",
                "The signature is right and the city's server holds this record. Compare the lines below with the paper.",
            ],
            &facts(view),
        ),
        Standing::Unsent(by) => shown(
            StatusCode::OK,
            Tone::Open,
            ["Chữ ký đúng, biên bản chưa về máy chủ", "The signature is right, the record has not arrived"],
            [
                "Biên bản do cán bộ nêu dưới ký nhưng máy của cán bộ chưa gửi về. Hãy quét lại sau.",
                "The officer named below signed it; the officer's device has not sent it yet. Scan again later.",
            ],
            &[
                ["Người ký", "Signed by", &by.person_name],
                ["Ký lúc", "Signed at", &asked.signed_at.hanoi_text()],
                ["Số biên bản", "Record", &asked.document.to_string()],
            ],
        ),
        Standing::Unknown => shown(
            StatusCode::NOT_FOUND,
            Tone::Wrong,
            ["Không phải biên bản của thành phố", "Not a record of the city"],
            [
                "Chữ ký trong mã không phải của cán bộ nào được thành phố cấp khóa. Đừng tin bản giấy này.",
                "No officer whom the city certified signed this code. Do not trust the paper.",
            ],
            NOTHING,
        ),
    }
}

fn refused(error: ProofError) -> Response {
    let (tone, title, text) = match error {
        ProofError::Malformed => (
            Tone::Open,
            ["Mã không đọc được", "The code cannot be read"],
            [
                "Đây không phải mã của biên bản, hoặc mã bị cắt. Hãy quét lại cả mã trên biên bản.",
                "This is not the code of a record, or it is cut. Scan the whole code on the record again.",
            ],
        ),
        ProofError::Newer => (
            Tone::Open,
            ["Mã của phiên bản mới hơn", "The code of a newer version"],
            [
                "Máy chủ này chưa đọc được mã này. Hãy hỏi đơn vị đã lập biên bản.",
                "This server cannot read this code yet. Ask the unit that made the record.",
            ],
        ),
        ProofError::Forged => (
            Tone::Wrong,
            ["Chữ ký KHÔNG đúng", "The signature is WRONG"],
            [
                "Mã đã bị sửa, hoặc không do An Cư lập. Đừng tin bản giấy này.",
                "The code was changed, or An Cư did not make it. Do not trust the paper.",
            ],
        ),
    };
    shown(ErrorCode::NotFound.http_status().try_into().unwrap_or(StatusCode::NOT_FOUND), tone, title, text, NOTHING)
}

type Fact<'a> = [&'a str; 3];

const NOTHING: &[Fact<'static>] = &[];

fn facts(view: &InspectionView) -> Vec<[String; 3]> {
    let summary = &view.summary;
    let mut facts: Vec<[String; 3]> = Vec::new();
    let mut fact = |vi: &str, en: &str, value: String| {
        if !value.trim().is_empty() {
            facts.push([vi.to_owned(), en.to_owned(), value]);
        }
    };
    fact("Cơ sở", "Premises", summary.facility_name.clone());
    fact("Địa chỉ", "Address", summary.facility_address.clone());
    fact("Đơn vị kiểm tra", "Unit", summary.unit_name.clone());
    fact("Cán bộ kiểm tra", "Officers", summary.officers.join(", "));
    fact("Bắt đầu", "Begun", summary.started_at.hanoi_text());
    let seals: Vec<String> =
        view.seals.iter().map(|seal| format!("{}, {}", seal.by.person_name, seal.by.at.hanoi_text())).collect();
    fact("Ký điện tử", "Signed", seals.join(" · "));
    if let Some(said) = view.conclusion.as_ref().filter(|said| !said.unsigned) {
        let words = codes::conclusion(said.conclusion);
        fact("Kết luận", "Conclusion", format!("{} · {}", words.vi, words.en));
    }
    fact("Số mục không đạt", "Failed checks", summary.progress.failed.to_string());
    let of = |role: AttendeeRole| view.attendance.iter().filter(move |it| it.role == role);
    let signed = of(AttendeeRole::Representative).filter(|it| it.hand.is_some()).count();
    let unsigned = of(AttendeeRole::Representative).filter(|it| it.unsigned.is_some()).count();
    let representative = match (signed, unsigned) {
        (0, 0) => String::new(),
        (0, _) => "không ký, có ghi lý do · not signed, with a reason".to_owned(),
        _ => "đã ký · signed".to_owned(),
    };
    fact("Đại diện cơ sở", "Representative", representative);
    let supplements = view.sealed_parts.len().saturating_sub(1);
    if supplements > 0 {
        fact("Bổ sung sau khi ký", "Supplements since", supplements.to_string());
    }
    let state = match summary.state {
        InspectionState::InProgress => "đang lập · being made",
        InspectionState::Completed => "chờ duyệt · awaiting review",
        InspectionState::Returned => "trả lại để bổ sung · returned for a supplement",
        InspectionState::Supplemented => "đã bổ sung, chờ duyệt · supplemented, awaiting review",
        InspectionState::Approved => "đã duyệt · approved",
        InspectionState::Cancelled => "đã bỏ · given up",
    };
    fact("Tình trạng", "State", state.to_owned());
    fact("Số biên bản", "Record", summary.id.to_string());
    facts
}

fn shown(
    status: StatusCode,
    tone: Tone,
    [title, title_en]: [&str; 2],
    [text, text_en]: [&str; 2],
    facts: &[impl AsFact],
) -> Response {
    let (class, mark) = match tone {
        Tone::Right => ("right", "✓"),
        Tone::Open => ("open", "?"),
        Tone::Wrong => ("wrong", "✕"),
    };
    let mut rows = String::new();
    for fact in facts {
        let [vi, en, value] = fact.parts();
        let _ = write!(
            rows,
            "<div><dt>{}<span lang=\"en\">{}</span></dt><dd>{}</dd></div>",
            plain(vi),
            plain(en),
            plain(value)
        );
    }
    let list = if rows.is_empty() { String::new() } else { format!("<dl>{rows}</dl>") };
    let page = format!(
        "<!doctype html><html lang=\"vi\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width,initial-scale=1\"><meta name=\"robots\" content=\"noindex\"><title>{title} – An Cư</title>\
         <style>{STYLE}</style></head><body><main><p class=\"brand\">An Cư · Hà Nội</p>\
         <section class=\"{class}\"><h1><b aria-hidden=\"true\">{mark}</b> {title}</h1><p>{text}</p>\
         <p lang=\"en\"><strong>{title_en}.</strong> {text_en}</p></section>{list}</main></body></html>"
    );
    let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (status, kind, page).into_response()
}

trait AsFact {
    fn parts(&self) -> Fact<'_>;
}

impl AsFact for [String; 3] {
    fn parts(&self) -> Fact<'_> {
        [&self[0], &self[1], &self[2]]
    }
}

impl AsFact for [&str; 3] {
    fn parts(&self) -> Fact<'_> {
        *self
    }
}

/// Text as it stands in a page.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => plain.push_str("&lt;"),
            '>' => plain.push_str("&gt;"),
            '&' => plain.push_str("&amp;"),
            '"' => plain.push_str("&quot;"),
            '\'' => plain.push_str("&#39;"),
            letter => plain.push(letter),
        }
    }
    plain
}

const STYLE: &str = "
:root{color-scheme:light dark;--ink:#1c2421;--paper:#faf8f4;--card:#fff;--line:#d9d5cc;--quiet:#55605b;--right:#1d6b46;--open:#8a5a00;--wrong:#a3211b}
@media(prefers-color-scheme:dark){:root{--ink:#ecefed;--paper:#101413;--card:#181d1b;--line:#39423e;--quiet:#a9b4ae;--right:#7fd3a8;--open:#f0c069;--wrong:#ff9a92}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:18px/1.6 system-ui,'Be Vietnam Pro',sans-serif}
main{max-width:40rem;margin:0 auto;padding:1.5rem 1rem 4rem}.brand{color:var(--quiet);margin:0 0 1rem}
section{background:var(--card);border:1px solid var(--line);border-left:6px solid;border-radius:8px;padding:1rem 1.25rem}
section.right{border-left-color:var(--right)}section.open{border-left-color:var(--open)}section.wrong{border-left-color:var(--wrong)}
h1{font-size:1.45rem;line-height:1.3;margin:0 0 .5rem}.right h1{color:var(--right)}.open h1{color:var(--open)}.wrong h1{color:var(--wrong)}
p{margin:.5rem 0}[lang=en]{color:var(--quiet);font-size:1rem}
dl{margin:1.25rem 0 0;background:var(--card);border:1px solid var(--line);border-radius:8px}
dl div{padding:.75rem 1.25rem;border-top:1px solid var(--line)}dl div:first-child{border-top:0}
dt{color:var(--quiet);font-size:1rem}dt span::before{content:' · '}dd{margin:0;font-weight:600;overflow-wrap:anywhere}
";

#[cfg(test)]
mod tests {
    #[test]
    fn no_text_of_a_record_becomes_a_part_of_the_page() {
        assert_eq!(super::plain("<b a='\"'>&Ộ"), "&lt;b a=&#39;&quot;&#39;&gt;&amp;Ộ");
    }
}
