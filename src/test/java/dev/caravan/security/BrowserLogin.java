package dev.caravan.security;

import dev.caravan.fixture.InProcessNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.CookieManager;
import java.net.HttpCookie;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Somebody with a browser, as far as logging in goes: cookies, and what the pages send. Cookies are for all nodes. */
final class BrowserLogin {
    private final CookieManager cookies = new CookieManager();
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .cookieHandler(cookies)
            .build();

    /** Fills in the form of a node. */
    HttpResponse<String> login(InProcessNode node, String name, String password) {
        get(node, "/me");
        return post(node, "/login", "username=" + encoded(name) + "&password=" + encoded(password), token());
    }

    HttpResponse<String> logout(InProcessNode node) {
        return post(node, "/logout", "", token());
    }

    HttpResponse<String> get(InProcessNode node, String path, String... headers) {
        HttpRequest.Builder request = request(node, path);
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return send(request.GET());
    }

    /** @param token what is shown for the cookie; null: nothing */
    HttpResponse<String> post(InProcessNode node, String path, String form, String token) {
        HttpRequest.Builder request = request(node, path).header("Content-Type", "application/x-www-form-urlencoded");
        if (token != null) {
            request.header("X-XSRF-TOKEN", token);
        }
        return send(request.POST(HttpRequest.BodyPublishers.ofString(form)));
    }

    /** What pages must show before they may change anything. */
    String token() {
        return cookie("XSRF-TOKEN");
    }

    String cookie(String name) {
        return cookies.getCookieStore().getCookies().stream()
                .filter(cookie -> cookie.getName().equals(name))
                .map(HttpCookie::getValue)
                .findFirst()
                .orElse(null);
    }

    /** The header by which all cookies are sent. */
    String cookieHeader() {
        return "SESSION=" + cookie("SESSION") + "; XSRF-TOKEN=" + token();
    }

    private static HttpRequest.Builder request(InProcessNode node, String path) {
        return HttpRequest.newBuilder(URI.create(node.http() + path)).timeout(Duration.ofSeconds(20));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return http.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
