//! Puts the view model on a screen.

use super::{
    keys,
    model::{Chat, Effect, Focus, Overlay, Writing},
    rows::{Row, Tone, columns, fit, wrap},
    sidebar, slash,
    thread::{self, SENDER_COLOURS, short_id, summary},
};
use crate::output::{day_of, plain, size, stamp};
use chancery_mls::GroupKind;
use chancery_wire::MessageId;
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
    style::{Color, Modifier, Style},
    text::{Line, Span},
    widgets::{Block, Borders, Clear, Paragraph},
};

/// Below this many columns, list and thread take turns.
pub const NARROW_COLUMNS: u16 = 70;
/// Below this size nothing sensible can be shown.
const SMALLEST: (u16, u16) = (20, 6);
/// Columns of the list, at most.
const LIST_COLUMNS: u16 = 32;
/// Rows of the input, at most.
const INPUT_ROWS: usize = 6;

fn style(tone: Tone) -> Style {
    const COLOURS: [Color; SENDER_COLOURS as usize] =
        [Color::Cyan, Color::Magenta, Color::Yellow, Color::Blue, Color::LightRed, Color::LightGreen];
    let plain = Style::new();
    match tone {
        Tone::Normal => plain,
        Tone::Dim => plain.add_modifier(Modifier::DIM),
        Tone::Strong => plain.add_modifier(Modifier::BOLD),
        Tone::Sender(number) => plain.fg(COLOURS[usize::from(number % SENDER_COLOURS)]).add_modifier(Modifier::BOLD),
        Tone::Own => plain.fg(Color::Green).add_modifier(Modifier::BOLD),
        Tone::Quote => plain.add_modifier(Modifier::DIM | Modifier::ITALIC),
        Tone::Marker => plain.fg(Color::Red),
        Tone::Mention => plain.fg(Color::Yellow).add_modifier(Modifier::BOLD),
        Tone::Seen => plain.fg(Color::Cyan).add_modifier(Modifier::BOLD),
        Tone::Bad => plain.fg(Color::Red).add_modifier(Modifier::BOLD),
    }
}

fn line(row: &Row) -> Line<'static> {
    Line::from(row.spans.iter().map(|span| Span::styled(span.text.clone(), style(span.tone))).collect::<Vec<_>>())
}

/// Draws everything; the effects are wishes that arise from what is in sight, such as older messages.
pub fn draw(frame: &mut Frame<'_>, chat: &mut Chat, now_ms: u64) -> Vec<Effect> {
    let area = frame.area();
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        frame.render_widget(Paragraph::new("Too small"), area);
        return Vec::new();
    }
    let [main, status] = Layout::vertical([Constraint::Fill(1), Constraint::Length(1)]).areas(area);
    status_line(frame, chat, status);
    let narrow = area.width < NARROW_COLUMNS;
    let effects = if narrow && (chat.focus == Focus::List || chat.thread.is_none()) {
        list(frame, chat, main);
        Vec::new()
    } else if narrow {
        conversation(frame, chat, main, now_ms)
    } else {
        let width = (area.width / 3).min(LIST_COLUMNS);
        let [left, right] = Layout::horizontal([Constraint::Length(width), Constraint::Fill(1)]).areas(main);
        list(frame, chat, left);
        conversation(frame, chat, right, now_ms)
    };
    if chat.overlay.is_some() {
        overlay(frame, chat, main);
    }
    effects
}

fn status_line(frame: &mut Frame<'_>, chat: &Chat, area: Rect) {
    let link = if chat.connected { "● connected" } else { "○ offline" };
    let mut parts = vec![link.to_owned()];
    if chat.waiting > 0 {
        parts.push(format!("{} waiting", chat.waiting));
    }
    parts.extend(chat.transfers.iter().map(|(name, done, total)| {
        format!(
            "{} {}",
            fit(name, 20),
            if *total == 0 { size(*done) } else { format!("{}%", (done * 100 / total).min(100)) }
        )
    }));
    let left = format!(" {} · ", parts.join(" · "));
    let (notice, bad) = match &chat.notice {
        Some((text, bad)) => (plain(text), *bad),
        None => (format!("{} · F1 help", chat.account.user), false),
    };
    let room = usize::from(area.width).saturating_sub(columns(&left));
    let reversed = Style::new().add_modifier(Modifier::REVERSED);
    let notice_style = if bad { reversed.fg(Color::Red) } else { reversed };
    let text = Line::from(vec![Span::styled(left, reversed), Span::styled(fit(&notice, room), notice_style)]);
    frame.render_widget(Paragraph::new(text).style(reversed), area);
}

fn border(focused: bool) -> Style {
    if focused { Style::new().fg(Color::Cyan) } else { Style::new().add_modifier(Modifier::DIM) }
}

fn list(frame: &mut Frame<'_>, chat: &Chat, area: Rect) {
    let block = Block::new().borders(Borders::RIGHT).border_style(border(chat.focus == Focus::List));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    if chat.conversations.is_empty() {
        let hint = wrap("No conversations yet. Type /start USER to write to somebody.", usize::from(inner.width));
        let lines: Vec<_> = hint.into_iter().map(|text| Line::styled(text, style(Tone::Dim))).collect();
        frame.render_widget(Paragraph::new(lines), inner);
        return;
    }
    let rows = sidebar::rows(&chat.conversations, usize::from(inner.width));
    let marked = chat.conversations.iter().position(|c| Some(&c.group) == chat.marked.as_ref());
    let visible = usize::from(inner.height) / sidebar::ROWS_EACH;
    let first = marked.map_or(0, |marked| (marked + 1).saturating_sub(visible.max(1)));
    let lines = rows.iter().enumerate().skip(first * sidebar::ROWS_EACH).take(usize::from(inner.height));
    let lines: Vec<_> = lines
        .map(|(n, row)| {
            let line = line(row);
            if Some(n / sidebar::ROWS_EACH) == marked {
                line.style(Style::new().add_modifier(Modifier::REVERSED))
            } else {
                line
            }
        })
        .collect();
    frame.render_widget(Paragraph::new(lines), inner);
}

fn conversation(frame: &mut Frame<'_>, chat: &mut Chat, area: Rect, now_ms: u64) -> Vec<Effect> {
    let Some(open) = chat.open_conversation() else {
        let hint = wrap(
            "Choose a conversation with the arrow keys and Enter. F1 shows all keys.",
            usize::from(area.width).saturating_sub(2),
        );
        let lines: Vec<_> = hint.into_iter().map(|text| Line::styled(format!(" {text}"), style(Tone::Dim))).collect();
        frame.render_widget(Paragraph::new(lines), area);
        return Vec::new();
    };
    let title = title(open, usize::from(area.width));
    let width = usize::from(area.width);
    let (input_rows, cursor) = chat.editor.layout(width.saturating_sub(2));
    let shown_rows = input_rows.len().min(INPUT_ROWS).min(usize::from(area.height).saturating_sub(4).max(1));
    let banner = u16::from(chat.writing != Writing::New);
    let [heading, messages, above, input] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(1 + banner),
        Constraint::Length(u16::try_from(shown_rows).expect("at most INPUT_ROWS")),
    ])
    .areas(area);
    frame.render_widget(Paragraph::new(line(&title)), heading);
    let effects = messages_pane(frame, chat, messages, now_ms);
    let mut rule = vec![input_rule(chat, width)];
    rule.extend(writing_banner(chat, width));
    frame.render_widget(Paragraph::new(rule), above);
    let first = (cursor.1 + 1).saturating_sub(shown_rows);
    let lines: Vec<_> = input_rows
        .iter()
        .enumerate()
        .skip(first)
        .take(shown_rows)
        .map(|(n, text)| Line::from(format!("{} {text}", if n == 0 { '>' } else { ' ' })))
        .collect();
    frame.render_widget(Paragraph::new(lines), input);
    if chat.focus == Focus::Input && chat.overlay.is_none() {
        let column = u16::try_from(cursor.0 + 2).unwrap_or(u16::MAX).min(area.width.saturating_sub(1));
        let row = u16::try_from(cursor.1 - first).unwrap_or(0);
        frame.set_cursor_position(Position::new(input.x + column, input.y + row));
    }
    effects
}

/// The line above the input; near the longest message it says what is left.
fn input_rule(chat: &Chat, width: usize) -> Line<'static> {
    let dashes = |count| Span::styled("─".repeat(count), border(chat.focus == Focus::Input));
    let (text, tone) = match chat.editor.left() {
        None => return Line::from(dashes(width)),
        Some(left) if left >= 0 => (format!(" {left} left "), Tone::Dim),
        Some(left) => (format!(" {} too many; Enter offers to send a file ", -left), Tone::Bad),
    };
    let text = fit(&text, width.saturating_sub(2));
    let before = width.saturating_sub(columns(&text) + 2);
    Line::from(vec![dashes(before), Span::styled(text, style(tone)), dashes(2.min(width))])
}

fn title(open: &chancery_core::api::ConversationView, width: usize) -> Row {
    let mut aside = Vec::new();
    if open.kind == GroupKind::Group && !open.purpose.is_empty() {
        aside.push(plain(&open.purpose));
    }
    aside.extend(sidebar::state_word(open.state).map(str::to_owned));
    let name = fit(&open.title, width.saturating_sub(1));
    let room = width.saturating_sub(columns(&name) + 4);
    let aside =
        if aside.is_empty() || room < 4 { String::new() } else { format!(" · {}", fit(&aside.join(" · "), room)) };
    Row::of(format!(" {name}"), Tone::Strong).with(aside, Tone::Dim)
}

fn writing_banner(chat: &Chat, width: usize) -> Option<Line<'static>> {
    let (verb, id) = match &chat.writing {
        Writing::New => return None,
        Writing::Reply(id) => ("Reply to", id),
        Writing::Edit(id) => ("Edit", id),
    };
    let quoted = chat.thread.as_ref().and_then(|thread| thread.messages.iter().find(|m| m.id == *id));
    let text = match quoted {
        Some(m) => format!("{verb} {}: {} (Esc cancels)", plain(&m.sender_name), fit(&summary(&m.body), width / 2)),
        None => format!("{verb} {} (Esc cancels)", short_id(id)),
    };
    Some(Line::styled(fit(&text, width), style(Tone::Quote)))
}

fn messages_pane(frame: &mut Frame<'_>, chat: &mut Chat, area: Rect, now_ms: u64) -> Vec<Effect> {
    let height = usize::from(area.height);
    let Some(open) = &chat.thread else { return Vec::new() };
    let context = thread::Context {
        me: &chat.account.user,
        zone: &chat.zone,
        today: day_of(now_ms, &chat.zone),
        unread_from: open.unread_from,
    };
    let rows = thread::rows(&open.messages, usize::from(area.width).saturating_sub(1), &context);
    let highest_scroll = rows.len().saturating_sub(height);
    let chosen = open.chosen.filter(|_| chat.focus == Focus::Thread);
    let scroll = match chosen {
        Some(id) => scroll_to(&rows, id, open.scroll, height),
        None => open.scroll,
    }
    .min(highest_scroll);
    let end = rows.len() - scroll;
    let start = end.saturating_sub(height);
    let mut lines: Vec<_> = rows[start..end]
        .iter()
        .map(|row| {
            let line = line(row);
            let is_chosen = chosen.is_some() && row.message == chosen;
            if is_chosen { line.style(Style::new().add_modifier(Modifier::REVERSED)) } else { line }
        })
        .collect();
    if rows.is_empty() {
        let hint = if open.loading { "…" } else { "Nothing here yet. Write the first message." };
        lines.push(Line::styled(format!(" {hint}"), style(Tone::Dim)));
    }
    // Few messages stand at the bottom, next to the input.
    let pad = height.saturating_sub(lines.len());
    let below = Rect {
        y: area.y + u16::try_from(pad).unwrap_or(0),
        height: area.height.saturating_sub(u16::try_from(pad).unwrap_or(0)),
        ..area
    };
    frame.render_widget(Paragraph::new(lines), below);
    if scroll > 0 {
        let hint = format!("↓ {scroll} more");
        let width = u16::try_from(columns(&hint)).unwrap_or(0).min(area.width);
        let corner = Rect { x: area.right() - width, y: area.bottom().saturating_sub(1), width, height: 1 };
        frame.render_widget(Paragraph::new(Line::styled(hint, Style::new().add_modifier(Modifier::REVERSED))), corner);
    }
    if let Some(thread) = chat.thread.as_mut() {
        thread.scroll = scroll;
    }
    chat.drawn(height, highest_scroll)
}

/// The scroll nearest to the present one that shows all rows of a message (or its first ones).
fn scroll_to(rows: &[Row], id: MessageId, scroll: usize, height: usize) -> usize {
    let is_it = |row: &Row| row.message == Some(id);
    let (Some(first), Some(last)) = (rows.iter().position(is_it), rows.iter().rposition(is_it)) else { return scroll };
    let highest = rows.len().saturating_sub(first + height.min(last - first + 1));
    let to_see_first = rows.len().saturating_sub(first + height);
    let to_see_last = rows.len() - 1 - last;
    scroll.clamp(to_see_first.min(to_see_last), to_see_last.max(to_see_first.min(highest)))
}

fn overlay(frame: &mut Frame<'_>, chat: &mut Chat, area: Rect) {
    let width = area.width.saturating_sub(4).min(90).max(area.width.min(20));
    let inside = usize::from(width).saturating_sub(4);
    let Some(overlay) = &chat.overlay else { return };
    let (title, mut lines) = overlay_lines(chat, overlay, inside);
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2).min(area.height);
    let place = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    let visible = usize::from(height).saturating_sub(2);
    let mut scroll = chat.overlay_scroll.min(lines.len().saturating_sub(visible));
    if let Overlay::Search { chosen, found, .. } = overlay {
        // Two rows for each; the chosen one stays in sight.
        scroll = (2 * chosen + 2).saturating_sub(visible).min(2 * found.len());
        for line in lines.iter_mut().skip(2 * chosen).take(2) {
            line.style = Style::new().add_modifier(Modifier::REVERSED);
        }
    }
    let shown: Vec<_> = lines.into_iter().skip(scroll).take(visible).collect();
    chat.overlay_scroll = scroll;
    let block =
        Block::bordered().title(format!(" {} ", fit(&title, inside))).padding(ratatui::widgets::Padding::horizontal(1));
    frame.render_widget(Clear, place);
    frame.render_widget(Paragraph::new(shown).block(block), place);
}

fn overlay_lines(chat: &Chat, overlay: &Overlay, width: usize) -> (String, Vec<Line<'static>>) {
    let wrapped = |text: &str| wrap(text, width).into_iter().map(Line::from).collect::<Vec<_>>();
    match overlay {
        Overlay::Help => ("Help · Esc closes".to_owned(), help_lines(width)),
        Overlay::Confirm { question, .. } => ("Sure?".to_owned(), wrapped(question)),
        Overlay::Text { title, text } => (title.clone(), wrapped(text)),
        Overlay::Members(members) => {
            let lines = members
                .iter()
                .map(|member| {
                    let role = serde_json::to_value(member.role)
                        .ok()
                        .and_then(|v| v.as_str().map(str::to_owned))
                        .unwrap_or_default();
                    let kind = member.kind.filter(|kind| *kind != chancery_wire::signed::Kind::Member);
                    let kind = kind.map(|kind| format!(" [{}]", kind.as_str())).unwrap_or_default();
                    Line::from(fit(&format!("{}{kind} · {} · {role}", member.name, member.user), width))
                })
                .collect();
            (format!("{} members", members.len()), lines)
        }
        Overlay::Search { query, found, .. } if found.is_empty() => {
            (format!("Search: {query}"), wrapped("Nothing found."))
        }
        Overlay::Search { query, found, .. } => {
            let lines = found
                .iter()
                .flat_map(|(_, title, message)| {
                    let head = format!("{} · {} · {}", title, message.sender_name, stamp(message.at_ms, &chat.zone));
                    [
                        Line::styled(fit(&head, width), style(Tone::Dim)),
                        Line::from(fit(&format!("  {}", summary(&message.body)), width)),
                    ]
                })
                .collect();
            (format!("Search: {query} · {} found · Enter opens", found.len()), lines)
        }
    }
}

fn help_lines(width: usize) -> Vec<Line<'static>> {
    let keys = keys::HELP.iter().map(|(key, what)| ((*key).to_owned(), *what));
    let commands = slash::COMMANDS.iter().map(|(name, arguments, what)| (format!("/{name} {arguments}"), *what));
    let entries: Vec<_> = keys.chain([(String::new(), "")]).chain(commands).collect();
    let column = entries.iter().map(|(left, _)| columns(left)).max().unwrap_or(0) + 2;
    entries.into_iter().map(|(left, what)| Line::from(fit(&format!("{left:column$}{what}"), width))).collect()
}
