//! The web pages, or in a build without them the plain page.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use tower::ServiceExt;

use crate::client::text;
use crate::world::World;

async fn get(world: &World, path: &str, known: Option<&str>) -> Response {
    let mut request = Request::get(path);
    if let Some(tag) = known {
        request = request.header(header::IF_NONE_MATCH, tag);
    }
    let request = request.body(Body::empty()).unwrap();
    world.router.clone().oneshot(request).await.unwrap()
}

#[tokio::test]
async fn every_page_is_html_that_may_load_nothing_of_others_and_run_nothing_inline() {
    let (_folder, world) = World::new();
    for path in [
        "/",
        "/feed",
        "/feed/some-id",
        "/activity",
        "/entities/ip/::1",
        "/integrations/some/deeper",
    ] {
        let response = get(&world, path, None).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let headers = response.headers().clone();
        assert_eq!(headers["content-type"], "text/html; charset=utf-8");
        assert_eq!(headers["cross-origin-opener-policy"], "same-origin");
        let policy = headers["content-security-policy"].to_str().unwrap();
        let is_strict =
            policy.starts_with("default-src 'self';") || policy.starts_with("default-src 'none';");
        assert!(is_strict && !policy.contains("unsafe"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        let page = text(response).await;
        assert!(
            !page.contains("<style") && !page.contains("style="),
            "{page}"
        );
        let inline = page.split("<script").skip(1);
        for script in inline {
            let tag = script.split('>').next().unwrap();
            assert!(tag.contains("src=\"/assets/"), "{page}");
        }
    }
}

/// Where the pages were not built there is none, and this holds of none.
#[tokio::test]
async fn what_a_page_loads_is_kept_for_ever_and_the_page_itself_is_asked_for_again() {
    let (_folder, world) = World::new();
    let page = text(get(&world, "/", None).await).await;
    let assets = page
        .split('"')
        .filter(|part| part.starts_with("/assets/"))
        .map(|path| (path, "public, max-age=31536000, immutable"));
    let all: Vec<_> = assets.chain([("/", "no-cache")]).collect();
    for (path, kept) in all.into_iter().filter(|_| page.contains("/assets/")) {
        let response = get(&world, path, None).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(response.headers()["cache-control"], kept, "{path}");
        let tag = response.headers()["etag"].to_str().unwrap();
        let again = get(&world, path, Some(&format!("\"other\", W/{tag}"))).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{path}");
        assert_eq!(text(again).await, "");
    }
}

#[tokio::test]
async fn what_is_no_page_is_a_problem_and_no_page() {
    let (_folder, world) = World::new();
    for path in ["/assets/none.js", "/assets/../index.html", "/assets/"] {
        let response = get(&world, path, None).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let response = get(&world, "/assets/none.js", None).await;
    let kind = response.headers()["content-type"].to_str().unwrap();
    assert_eq!(kind, "application/problem+json");
    let response = get(&world, "/api/v1/feed", None).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
}
