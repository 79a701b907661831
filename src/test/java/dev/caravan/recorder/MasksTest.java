package dev.caravan.recorder;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.caravan.component.BodyText.Beginning;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What nobody may see is not recorded. */
class MasksTest {
    private static final int MUCH = 4096;
    private static final Masks NAMES = new Masks(Set.of("authorization", "iban"), List.of());

    private static Masks paths(String... paths) {
        return new Masks(Set.of(), List.of(paths));
    }

    private static String body(Masks masks, Object body) {
        return masks.body(body, MUCH).text();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Authorization", "Proxy-Authorization", "X-Api-Key", "my_PASSWORD", "accessToken", "customerIban"
            })
    void headersAreHiddenByTheirNames(String name) {
        assertThat(NAMES.header(name, "s3cret", MUCH)).isEqualTo(new Beginning("xxxxxx", false));
        assertThat(NAMES.header(name, null, MUCH).text()).isNull();
        assertThat(NAMES.header("Content-Type", "text/plain", MUCH)).isEqualTo(new Beginning("text/plain", false));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"a\":1.10,\"Password\":\"s3\\\"cret\",\"b\":[2]}|{\"a\":1.10,\"Password\":\"xxxxxx\",\"b\":[2]}",
                "[{\"credentials\":{\"user\":\"ann\",\"is\":[\"s3cret\"]}}]|[{\"credentials\":\"xxxxxx\"}]",
                "{\"token\":123,\"x\":null}|{\"token\":\"xxxxxx\",\"x\":null}",
                "user=ann&password=s3cret&x=1|user=ann&password=xxxxxx&x=1",
                "<a><password>s3cret</password></a>|<a><password>xxxxxx</password></a>",
                "Authorization: Bearer s3cret, x|Authorization: xxxxxx, x",
                "{ no JSON \"password\": \"s3cret and more\"}|{ no JSON \"password\": xxxxxx}",
                "redis://ann:s3cret@host/1|redis://ann:xxxxxx@host/1",
                "{ \"spaces\" :  1.0 }|{ \"spaces\" :  1.0 }"
            })
    void fieldsAreHiddenByTheirNames(String body, String shown) {
        assertThat(body(NAMES, body)).isEqualTo(shown);
        assertThat(body(NAMES, body.getBytes(UTF_8))).isEqualTo(shown);
    }

    @Test
    void aBodyThatIsCutShowsNoPartOfASecret() {
        String json = "{\"first\":1,\"password\":\"s3cret-s3cret-s3cret\",\"last\":2}";
        for (int max = 1; max < json.length(); max++) {
            Beginning shown = NAMES.body(json, max);
            assertThat(shown.isCut()).isTrue();
            assertThat(shown.text()).doesNotContain("s3");
        }
        assertThat(body(NAMES, Map.of("inner", Map.of("secret", List.of("s3cret")))))
                .isEqualTo("{\"inner\":{\"secret\":\"xxxxxx\"}}");
    }

    @Test
    void longTextTakesNoTime() {
        String value = "\"" + "x".repeat(100_000) + "\\\"".repeat(900) + "x\"";
        String text = "password".repeat(100_000) + "=" + value + " end";
        String shown = NAMES.body(text, text.length()).text();
        assertThat(shown.substring(shown.length() - 11)).isEqualTo("=xxxxxx end");
    }

    @Test
    void valuesAreHiddenByTheirPaths() {
        Masks masks = paths(".customer.number", ".items[].code");
        assertThat(body(
                        masks,
                        "{\"customer\":{\"number\":7,\"name\":\"a\"},\"items\":[{\"code\":\"b\"},{\"c\":1.10}]}"))
                .isEqualTo(
                        "{\"customer\":{\"number\":\"xxxxxx\",\"name\":\"a\"},\"items\":[{\"code\":\"xxxxxx\"},{\"c\":1.10}]}");
        assertThat(body(masks, "{\"customer\":{},\"x\":[]}")).isEqualTo("{\"customer\":{},\"x\":[]}");
        assertThat(body(masks, "{\"customer\":[1],\"items\":7}")).isEqualTo("{\"customer\":[1],\"items\":7}");
        assertThat(body(masks, "[1,2]")).isEqualTo("[1,2]");
        assertThat(body(masks, "{no JSON")).isEqualTo("{no JSON");
        assertThat(body(masks, "text")).isEqualTo("text");
        assertThat(body(masks, null)).isNull();
        assertThat(masks.body("{\"customer\":{\"number\":\"0123456789\"}}", 28))
                .isEqualTo(new Beginning("{\"customer\":{\"number\":\"xxxxx", true));
    }

    @Test
    void ofABodyThatIsTooLargeForAPathNothingIsShown() {
        String large = "{\"fill\":\"" + "x".repeat(Masks.MOST_PARSED) + "\",\"number\":7}";
        assertThat(paths(".number").body(large, MUCH).text()).startsWith("(not shown: it is too large");
        assertThat(paths().body(large, MUCH).text()).startsWith("{\"fill\":\"x");
    }

    @Test
    void whatIsNoPathIsRefusedWhenTheNodeStarts() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new MaskPath(".a["))
                .withMessageContaining("caravan.recorder.mask-paths: .a[ is not a path of jq");
    }
}
