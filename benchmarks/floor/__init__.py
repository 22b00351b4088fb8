"""The floor: what the same work costs with asyncssh and nothing around it.

runner   over there: reads tasks as frames and does them
client   here: connects to all hosts at once and sends the tasks, a round trip each
"""
