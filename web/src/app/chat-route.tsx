import { useParams, useSearch } from '@tanstack/react-router';
import { Thread } from '../screens/thread/thread';

/** A conversation, maybe at a message that was searched for. */
export function ChatRoute() {
  const { group } = useParams({ strict: false });
  const { message } = useSearch({ strict: false });
  if (group === undefined) return null;
  return <Thread key={group} group={group} at={message} />;
}
