package dev.caravan.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StrangersBytesTest {
    private final BufferedBytes total = new BufferedBytes(1600);
    private final StrangersBytes strangers = new StrangersBytes(total);

    @Test
    void oneAddressHasAPartAndAllHaveAPartOfTheTotal() {
        assertThat(strangers.of("203.0.113.1").take(100)).isTrue();
        assertThat(strangers.of("203.0.113.1").take(1))
                .as("over the part of an address")
                .isFalse();
        assertThat(strangers.of("2001:db8:1:2::1").take(60)).isTrue();
        assertThat(strangers.of("2001:db8:1:2::2").take(60))
                .as("of the same network")
                .isFalse();
        assertThat(strangers.of("203.0.113.2").take(100)).isTrue();
        assertThat(strangers.of("203.0.113.3").take(100)).isTrue();
        assertThat(strangers.of("203.0.113.4").take(41))
                .as("over the part of all")
                .isFalse();
        assertThat(strangers.of("203.0.113.4").take(40)).isTrue();

        assertThat(total.take(1200)).as("users have the rest").isTrue();
        assertThat(total.take(1)).isFalse();
    }

    @Test
    void whatIsGivenBackIsThereForAllAgain() {
        BodyRoom room = strangers.of("203.0.113.1");
        assertThat(room.take(60)).isTrue();
        assertThat(room.take(40)).isTrue();
        room.giveBack(100);
        assertThat(room.take(100)).isTrue();
        room.giveBack(100);
        assertThat(total.take(1600)).isTrue();
        assertThat(room.take(1)).as("users have taken all").isFalse();
        total.giveBack(1600);
        assertThat(room.take(100)).isTrue();
    }
}
