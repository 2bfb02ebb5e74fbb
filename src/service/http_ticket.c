/* http_ticket: requests whose answer comes later, from any thread. */
// SPDX-License-Identifier: Apache-2.0
#include "http_impl.h"

#include <slicefit/alloc.h>
#include <slicefit/clock.h>

#include <assert.h>
#include <stdlib.h>

void sf_http_ticket_detach(struct sf_http_ticket *ticket)
{
	struct sf_http_exchange *ex = ticket->exchange;
	assert(ex != NULL);
	if (ticket->prev != NULL) {
		ticket->prev->next = ticket->next;
	} else {
		ticket->http->waiting = ticket->next;
	}
	if (ticket->next != NULL) {
		ticket->next->prev = ticket->prev;
	}
	ex->ticket = NULL;
	ticket->exchange = NULL;
}

struct sf_http_ticket *sf_http_defer(const struct sf_http_request *request)
{
	struct sf_http_exchange *ex = request->exchange;
	assert(request->status == 0 && !ex->deferred);
	struct sf_http *http = ex->http;
	struct sf_http_ticket *ticket = sf_xcalloc(1, sizeof(*ticket));
	ticket->http = http;
	ticket->exchange = ex;
	ex->deferred = true;
	ex->ticket = ticket;
	pthread_mutex_lock(&http->lock);
	ticket->next = http->waiting;
	if (ticket->next != NULL) {
		ticket->next->prev = ticket;
	}
	http->waiting = ticket;
	http->holders++;
	pthread_mutex_unlock(&http->lock);
	return ticket;
}

/* Gives the exchange its answer and wakes it; with the lock held, so that the server is not stopped
 * between the two. */
static void settle(struct sf_http_ticket *ticket, const struct sf_http_response *response)
{
	struct sf_http_exchange *ex = ticket->exchange;
	sf_http_ticket_detach(ticket);
	ex->late = *response;
	ex->late_ns = sf_clock_ns() - ex->request.start_ns;
	ex->answered = true;
	if (ex->suspended) {
		sf_http_wake(ex);
	}
}

void sf_http_tickets_settle(struct sf_http *http)
{
	http->stopping = true;
	while (http->waiting != NULL) {
		struct sf_http_response sorry = {.status = 503};
		sf_str_append(&sorry.body, "{\"error\":\"the server is stopping\"}");
		settle(http->waiting, &sorry);
	}
}

void sf_http_release(struct sf_http *http)
{
	pthread_mutex_lock(&http->lock);
	bool last = --http->holders == 0;
	pthread_mutex_unlock(&http->lock);
	if (last) {
		sf_body_budget_finish(&http->budget);
		pthread_cond_destroy(&http->closed);
		pthread_mutex_destroy(&http->lock);
		free(http);
	}
}

void sf_http_answer(struct sf_http_ticket *ticket, struct sf_http_response *response)
{
	struct sf_http *http = ticket->http;
	pthread_mutex_lock(&http->lock);
	bool wanted = ticket->exchange != NULL;
	if (wanted) {
		settle(ticket, response);
	}
	pthread_mutex_unlock(&http->lock);
	if (!wanted) {
		sf_str_finish(&response->body);
	}
	*response = (struct sf_http_response){0};
	free(ticket);
	sf_http_release(http);
}
