package dev.caravan.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PayloadKeyTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                ".customer                | {\"customer\":\"ada\"}      | ada",
                ".customer.id             | {\"customer\":{\"id\":7}}   | 7",
                "\"\\(.a)-\\(.b)\"        | {\"a\":1,\"b\":\"x\"}       | 1-x",
                "[.a,.b]                  | {\"a\":1,\"b\":2}           | [1,2]",
                ".customer // \"nobody\"  | {}                          | nobody",
                ".customer                | {}                          |",
                "empty                    | {}                          |",
                ".a                       |                             |",
            })
    void aKeyIsATextOrTheJsonOfAnyOtherValue(String expression, String payload, String key) {
        assertThat(new PayloadKey(expression).of(payload)).isEqualTo(key);
    }

    @Test
    void whatGivesNoKeySaysWhy() {
        assertThatThrownBy(() -> new PayloadKey(".a |"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("is not jq: ");
        assertThatThrownBy(() -> new PayloadKey(".a.b").of("{\"a\":1}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(".a.b fails: ");
        assertThatThrownBy(() -> new PayloadKey(".[]").of("[1,2]"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(".[] gives several values");
        assertThatThrownBy(() -> new PayloadKey(".").of('"' + "a".repeat(201) + '"'))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(". gives a key of more than 200 characters");
    }
}
