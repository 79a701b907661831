package dev.caravan.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import jakarta.servlet.http.HttpServletRequest;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.mock.web.MockAsyncContext;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

class PendingResponseTest {
    private final HttpServletRequest request = mock();
    private final MockHttpServletResponse response = new MockHttpServletResponse();

    private PendingResponse answer() {
        when(request.startAsync()).thenReturn(new MockAsyncContext(new MockHttpServletRequest(), response));
        when(request.getRequestURI()).thenReturn("/here");
        return ServletResponseWriter.respondTo(request);
    }

    @Test
    void whatTheServerGivesUpIsNoSuccess() {
        PendingResponse answer = answer();

        answer.abandon();

        assertThat(response.getStatus()).isEqualTo(503);
        assertThat(response.getHeader("Connection")).isEqualTo("close");
        assertThat(answer.send(Problems.reply(
                        Problems.of(HttpStatus.BAD_REQUEST, "Too late."), HttpHeaders.EMPTY, answer.path())))
                .isFalse();
    }

    @Test
    void whatIsAnsweredStaysAsItIs() {
        PendingResponse answer = answer();
        answer.send(Problems.reply(Problems.of(HttpStatus.BAD_REQUEST, "First."), HttpHeaders.EMPTY, answer.path()));

        answer.abandon();

        assertThat(response.getStatus()).isEqualTo(400);
    }
}
