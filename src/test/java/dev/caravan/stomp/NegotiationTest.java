package dev.caravan.stomp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NegotiationTest {
    @ParameterizedTest
    @CsvSource({"'1.0,1.1,1.2', V1_2", "'1.2, 1.0', V1_2", "1.1, V1_1", "'1.0,1.1,2.1', V1_1", ", V1_0", "1.0, V1_0"})
    @DisplayName("1.1 and 1.2, protocol negotiation: the newest that both know; without the header 1.0")
    void takesTheNewestInCommon(String accepted, Version version) throws StompException {
        assertThat(Version.negotiate(accepted)).isEqualTo(version);
    }

    @ParameterizedTest
    @ValueSource(strings = {"2.0", "", "1.3,9", "1"})
    @DisplayName("1.1 and 1.2, protocol negotiation: an ERROR that says what is spoken")
    void rejectsWhatNobodySpeaks(String accepted) {
        assertThatThrownBy(() -> Version.negotiate(accepted))
                .isInstanceOf(StompException.class)
                .hasMessageContaining("1.0, 1.1 and 1.2");
    }

    @ParameterizedTest
    @CsvSource({
        "10000, 10000, '0,0', 0, 0",
        "10000, 10000, '5000,20000', 20000, 10000",
        "0, 10000, '5000,5000', 0, 10000",
        "10000, 0, '5000,5000', 10000, 0",
        "10000, 10000, '99999999999,99999999999', 2147483647, 2147483647"
    })
    @DisplayName("1.1 and 1.2, heart-beating: MAX of what is promised and wanted, 0 if either is")
    void takesTheLongerSilence(int outgoing, int incoming, String client, int sends, int expects)
            throws StompException {
        assertThat(new HeartBeat(outgoing, incoming).with(HeartBeat.parse(client)))
                .isEqualTo(new HeartBeat(sends, expects));
    }

    @Test
    @DisplayName("1.1 and 1.2, heart-beating: no header is 0,0")
    void hasNoHeartbeatsUnlessAsked() throws StompException {
        assertThat(HeartBeat.parse(null)).isEqualTo(HeartBeat.NONE).hasToString("0,0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a,b", "1", "-1,0", "1,", "1,2,3", "", "9999999999999999999,1"})
    void rejectsInvalidHeartbeats(String header) {
        assertThatThrownBy(() -> HeartBeat.parse(header)).isInstanceOf(StompException.class);
    }
}
