package dev.caravan.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.EnumSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UserNamesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "ada",
                "Ada Lovelace",
                "José",
                "Jose\u0301",
                "Ольга",
                "太郎",
                "O'Neill-2",
                "a.b@c_d",
                "🙂",
                "नमस्ते"
            })
    void aNameThatCanBeSeenIsOne(String name) {
        assertThat(UserNames.isVisible(name)).isTrue();
        assertThat(UserNames.mixesAlphabets(name)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ada",
                "ada ",
                "a  da",
                "a\u00A0da", // no-break space
                "ada\u2003", // em space
                "ad\u200Ba", // zero width space
                "ad\u200Da", // zero width joiner
                "\uFEFFada", // byte order mark
                "\u202Eada", // right-to-left override
                "ada\u2066", // isolate
                "ad\u00ADa", // soft hyphen
                "ad\u034Fa", // combining grapheme joiner
                "ada\uFE0F", // variation selector
                "ada\u3164", // Hangul filler
                "ada\u2800", // Braille blank
                "ada\u2028",
                "a\nda",
                "a\u0000da",
                "ada\uE000", // private use
                "ada\uD800", // half a character
                "ada\uDB40\uDC41", // tag
            })
    void aNameWithSomethingThatCannotBeSeenIsNone(String name) {
        assertThat(UserNames.isVisible(name)).isFalse();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new UserSettings.User(name, "{noop}x", EnumSet.of(Role.USER)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u0430da", "root\u0399", "οlga"}) // Cyrillic a; Greek Iota; Greek omicron
    void lettersOfAlphabetsThatLookAlikeAreNotMixed(String name) {
        assertThat(UserNames.mixesAlphabets(name)).isTrue();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new UserSettings.User(name, "{noop}x", EnumSet.of(Role.USER)));
    }

    @Test
    void namesThatDifferInCaseOrFormAloneAreTheSame() {
        assertThat(UserNames.fold("ADA")).isEqualTo("ada");
        assertThat(UserNames.fold("ａｄａ")).isEqualTo("ada"); // full width
        assertThat(UserNames.fold("ﬁn")).isEqualTo("fin"); // ligature
        assertThat(UserNames.fold("Jose\u0301")).isEqualTo(UserNames.fold("José"));
    }
}
