import { useParams, useSearch } from '@tanstack/react-router';
import { SafetyScreen } from '../screens/safety/safety';

export function SafetyRoute() {
  const { user } = useParams({ from: '/safety/$user' });
  const { name, back } = useSearch({ from: '/safety/$user' });
  return (
    <main className="h-full">
      <SafetyScreen user={user} name={name ?? user} back={back} />
    </main>
  );
}
