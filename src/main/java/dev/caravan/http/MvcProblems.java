package dev.caravan.http;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.http.ProblemDetail;
import org.springframework.stereotype.Component;
import org.springframework.web.ErrorResponse;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.ModelAndView;
import org.springframework.web.servlet.NoHandlerFoundException;
import org.springframework.web.servlet.resource.NoResourceFoundException;

/**
 * Answers what Spring MVC itself refuses as a problem: an unknown path (404), a method that a path does not have (405
 * with {@code Allow}), a format that it cannot give (406) or take (415).
 *
 * <p>Leaves every exception that does not know its own answer to those who come after, above all Spring Security's, and
 * in the end to {@link ErrorPage}.
 */
@Component
class MvcProblems implements HandlerExceptionResolver, Ordered {

    private static final Logger LOG = LoggerFactory.getLogger(MvcProblems.class);

    /** Before Spring MVC's own resolvers (0), which would make an error page of these exceptions. */
    @Override
    public int getOrder() {
        return -1;
    }

    @Override
    public ModelAndView resolveException(
            HttpServletRequest request, HttpServletResponse response, Object handler, Exception exception) {
        if (!(exception instanceof ErrorResponse error)) {
            return null;
        }
        ProblemDetail problem = error.getBody();
        if (exception instanceof NoResourceFoundException || exception instanceof NoHandlerFoundException) {
            problem = ErrorPage.nothingHere();
        }
        try {
            Problems.write(problem, error.getHeaders(), request, response);
        } catch (IOException e) {
            LOG.debug("The client went away at {}", request.getRequestURI(), e);
        }
        return new ModelAndView();
    }
}
