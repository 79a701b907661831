package dev.caravan.security;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class SecurityHeadersTest {
    private static final Path DASHBOARD = Path.of("src/main/resources/static/index.html");
    private static final Pattern INLINE =
            Pattern.compile("<script(?![^>]*\\bsrc=)[^>]*>(.*?)</script>", Pattern.DOTALL);

    @Test
    void theDashboardMayRunItsImportMapAndNoOtherInlineScript() throws Exception {
        Matcher script = INLINE.matcher(Files.readString(DASHBOARD));
        assertThat(script.find()).isTrue();
        byte[] hash =
                MessageDigest.getInstance("SHA-256").digest(script.group(1).getBytes(UTF_8));
        assertThat(content("/"))
                .startsWith("script-src 'self' 'sha256-" + Base64.getEncoder().encodeToString(hash)
                        + "'; default-src 'self'; ");
        assertThat(script.find()).isFalse();
        assertThat(content("/index.html")).isEqualTo(content("/"));
    }

    @Test
    void otherPagesMayRunNoInlineScript() {
        for (String path : new String[] {"/login", "/chat/", "/api-docs/", "/hawtio/", "/jobs", "/index.html/x"}) {
            assertThat(content(path))
                    .as(path)
                    .startsWith("default-src 'self'; ")
                    .doesNotContain("script-src");
        }
    }

    private static String content(String path) {
        return SecurityHeaders.of(path, true).get("Content-Security-Policy");
    }
}
