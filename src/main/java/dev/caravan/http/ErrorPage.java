package dev.caravan.http;

import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.boot.web.servlet.error.ErrorController;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ProblemDetail;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.RequestMapping;

/**
 * Handles requests that failed outside of Spring MVC's error handling: in a filter, by {@code sendError}, or by an
 * unexpected exception. Replaces Spring Boot's error page, which responds to browsers in HTML and to others with
 * details of the exception.
 */
@Controller
class ErrorPage implements ErrorController {

    @RequestMapping("${server.error.path:${error.path:/error}}")
    public void error(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String path = (String) request.getAttribute(RequestDispatcher.ERROR_REQUEST_URI);
        Integer status = (Integer) request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE);
        HttpServletRequest failed = new HttpServletRequestWrapper(request) {
            @Override
            public String getRequestURI() {
                return path == null ? super.getRequestURI() : path;
            }
        };
        Problems.write(problem(status), HttpHeaders.EMPTY, failed, response);
    }

    /** Without a status nothing has failed: a client has requested the path of this page. */
    private static ProblemDetail problem(Integer status) {
        if (status == null || status == HttpStatus.NOT_FOUND.value()) {
            return nothingHere();
        }
        String detail = HttpStatusCode.valueOf(status).is5xxServerError()
                ? "The server could not handle this request."
                : "The server rejected this request.";
        return Problems.of(HttpStatusCode.valueOf(status), detail);
    }

    static ProblemDetail nothingHere() {
        return Problems.of(HttpStatus.NOT_FOUND, "There is nothing at this path.");
    }
}
